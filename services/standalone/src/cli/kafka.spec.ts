import { describe, expect, test } from '@jest/globals';
import { runCli } from './run-cli.js';

/** No installation is needed: opening one would throw. */
async function run(...argv: string[]): Promise<{ code: number; err: string[] }> {
  const err: string[] = [];
  const loadHouse = (): never => {
    throw new Error('the house was opened');
  };
  const code = await runCli(argv, { out: () => undefined, err: (line) => void err.push(line), loadHouse });
  return { code, err };
}

const CHECK = ['kafka', 'topics', 'check', '--brokers'];

describe('countersign kafka topics', () => {
  test.each([
    [['k1.bank.example:9092', '--plaintext'], '--plaintext is for brokers on loopback only'],
    [['127.0.0.1:9092,k1.bank.example:9092', '--plaintext'], '--plaintext is for brokers on loopback only'],
    [['k1.bank.example'], '--brokers is not host:port,host:port'],
    [['k1.bank.example:9092', '--user', 'admin'], '--user and --password-file belong together'],
    [['k1.bank.example:9092', '--partitions', '0'], "--partitions is not a number from 1 to 200: '0'"],
    [['k1.bank.example:9092', '--principal', 'User:all'], '--principal begins with User: and holds {service}'],
  ])('%j is not understood', async (args, problem) => {
    const { code, err } = await run(...CHECK, ...args);
    expect([code, err[0]]).toEqual([2, `countersign: ${problem}`]);
  });

  test('brokers that do not answer are one line and exit code 1', async () => {
    const { code, err } = await run(...CHECK, '127.0.0.1:1', '--plaintext');
    expect([code, err]).toEqual([1, [expect.stringMatching(/^countersign: Kafka: .*ECONNREFUSED/)]]);
  });
});
