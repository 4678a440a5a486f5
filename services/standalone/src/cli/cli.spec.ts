import { describe, expect, test } from '@jest/globals';
import { refuse } from '@countersign/kernel';
import { CommandFailed } from './command.js';
import { COMMANDS, loadCommand } from './commands/index.js';
import type { House } from './house.js';
import { runCli, type ChosenPlace } from './run-cli.js';

interface Run {
  code: number;
  out: string[];
  err: string[];
  opened: ChosenPlace[];
}

/** Runs a command on a house of which every room is locked, unless some are given. */
async function run(argv: string[], rooms: Partial<House> = {}): Promise<Run> {
  const seen: Run = { code: -1, out: [], err: [], opened: [] };
  const locked = (): never => {
    throw new CommandFailed('the house was entered');
  };
  const house: House = {
    publicUrl: 'http://localhost:8400',
    reach: locked,
    control: locked,
    keyStoreNames: [],
    keyStore: locked,
    record: locked,
    publishSnapshotKeys: locked,
    settingsOf: locked,
    adminSettings: locked,
    adminUrl: locked,
    stores: locked,
    facts: locked,
    close: () => Promise.resolve(),
    ...rooms,
  };
  seen.code = await runCli(argv, {
    out: (line) => void seen.out.push(line),
    err: (line) => void seen.err.push(line),
    loadHouse: async () => (place) => {
      seen.opened.push(place);
      return house;
    },
  });
  return seen;
}

describe('help', () => {
  test.each([['--help'], ['-h'], ['help']])('countersign %s names every command and touches nothing', async (word) => {
    const { code, out, err, opened } = await run([word]);
    expect([code, err, opened]).toEqual([0, [], []]);
    for (const { name, summary } of COMMANDS)
      expect(out.join('\n')).toMatch(new RegExp(`${name}.*${summary.slice(0, 20)}`));
  });

  test.each([
    ...new Set(
      COMMANDS.map(({ name }) => name)
        .filter((name) => name.includes(' '))
        .flatMap((name) =>
          name
            .split(' ')
            .slice(0, -1)
            .map((_, at, words) => words.slice(0, at + 1).join(' ')),
        )
        // Words that are a command of their own explain that one.
        .filter((group) => !COMMANDS.some(({ name }) => name === group)),
    ),
  ])('countersign %s --help names the commands of its group only', async (group) => {
    const { code, out } = await run([...group.split(' '), '--help']);
    expect(code).toBe(0);
    const named = COMMANDS.filter(({ name }) => out.join('\n').includes(`  ${name}`)).map(({ name }) => name);
    expect(named).toEqual(COMMANDS.map(({ name }) => name).filter((name) => name.startsWith(`${group} `)));
  });

  test('of two commands that begin with the same words, the longer one is meant', async () => {
    expect((await run(['install', 'secrets', '--help'])).out[0]).toBe(
      'Usage: countersign install secrets --release <name> [options]',
    );
    expect((await run(['install', '--help'])).out[0]).toBe('Usage: countersign install [options]');
    expect((await run(['install', 'secrets'])).err[0]).toBe('countersign: --release is missing');
  });

  test.each(COMMANDS.map(({ name }) => name))(
    'countersign %s --help explains every option, whatever else is typed',
    async (name) => {
      const command = await loadCommand(COMMANDS.find((each) => each.name === name)!);
      const { code, out, err, opened } = await run([...name.split(' '), '--help']);
      expect([code, err, opened]).toEqual([0, [], []]);
      for (const option of [...Object.keys(command.options), 'data-dir', 'settings', 'json', 'help'])
        expect(out.filter((line) => line.startsWith(`  --${option}`))).toHaveLength(1);
      expect(out.filter((line) => line.length > 140)).toEqual([]);
      expect(
        out.slice(out.findLastIndex((line) => line.startsWith('  --')) + 1).filter((line) => line === '').length,
      ).toBeLessThan(2);
    },
  );
});

describe('what makes no sense ends with exit code 2, two lines on standard error, and nothing touched', () => {
  test.each([
    ['no command', [], 'a command is missing', '--help'],
    ['an unknown command', ['tenants'], "unknown command 'tenants'", '--help'],
    ['half a command', ['tenant'], "a command is missing after 'tenant'", 'tenant --help'],
    ['two thirds of one', ['kafka', 'topics'], "a command is missing after 'kafka topics'", 'kafka topics --help'],
    ['an unknown command of a group', ['tenant', 'drop'], "unknown command 'tenant drop'", 'tenant --help'],
    ['an unknown flag', ['tenant', 'list', '--all'], "Unknown option '--all'", 'tenant list --help'],
    [
      'a missing value',
      ['tenant', 'create', 'bank', '--name'],
      "Option '--name <value>' argument missing",
      'tenant create --help',
    ],
    [
      'a value for a switch',
      ['tenant', 'list', '--json=yes'],
      "Option '--json' does not take an argument",
      'tenant list --help',
    ],
    ['a missing option', ['tenant', 'create', 'bank', '--name', 'Bank'], '--rp-id is missing', 'tenant create --help'],
    [
      'a missing argument',
      ['tenant', 'create', '--name', 'B', '--rp-id', 'b.example'],
      '<slug> is missing',
      'tenant create --help',
    ],
    ['an argument too many', ['tenant', 'list', 'bank'], "unexpected 'bank'", 'tenant list --help'],
    [
      'an option twice',
      ['policy', 'show', '--tenant', 'a', '--tenant', 'b'],
      '--tenant is given twice',
      'policy show --help',
    ],
    [
      'two installations',
      ['doctor', '--data-dir', 'a', '--settings', 'b'],
      '--settings and --data-dir: choose one',
      'doctor --help',
    ],
    ['an empty value', ['policy', 'show', '--tenant='], '--tenant is empty', 'policy show --help'],
    [
      'a value that is none of the choices',
      ['application', 'create', '--tenant', 'a', '--name', 'b', '--type', 'spa'],
      "--type is one of web, native, server, not 'spa'",
      'application create --help',
    ],
  ])('%s', async (_, argv, message, help) => {
    const { code, out, err, opened } = await run(argv);
    expect(code).toBe(2);
    expect([out, opened]).toEqual([[], []]);
    expect(err).toEqual([`countersign: ${message}`, `Try: countersign ${help}`]);
  });
});

describe('a command that fails ends with exit code 1 and one line', () => {
  const failing = (error: Error) => run(['tenant', 'list', '--json'], { control: () => Promise.reject(error) });

  test('a refusal is told with its code and every fault', async () => {
    const errors = [{ path: 'risk.bands', message: 'the last band must reach 100' }];
    const { code, err, out } = await failing(refuse('policy_invalid', { errors }));
    const message = 'The policy is not valid (policy_invalid): risk.bands: the last band must reach 100';
    expect([code, err]).toEqual([1, [`countersign: ${message}`]]);
    expect(JSON.parse(out.join(''))).toEqual({ error: { code: 'policy_invalid', message } });
  });

  test('an unexpected error is told by its kind only: its text could quote a secret', async () => {
    const { code, err, out } = await failing(new TypeError('postgres://cs_tenant:secret@127.0.0.1'));
    expect([code, err]).toEqual([1, ['countersign: something unexpected failed (TypeError)']]);
    expect(out.join('')).not.toContain('secret');
  });

  test('a file that cannot be read is named before the installation is entered', async () => {
    const { code, err } = await run(['policy', 'put', '--tenant', 'bank', '--file', '/nowhere/policy.json']);
    expect([code, err]).toEqual([1, ['countersign: cannot read /nowhere/policy.json (ENOENT)']]);
  });

  test('the house is closed, also then', async () => {
    let closed = 0;
    const close = () => Promise.resolve(void (closed += 1));
    await run(['tenant', 'list'], { close });
    expect(closed).toBe(1);
  });
});

test('--data-dir leads to another installation, --settings to one of which only the settings are known', async () => {
  expect((await run(['doctor', '--data-dir', 'elsewhere'])).opened).toEqual([{ dataDir: 'elsewhere' }]);
  expect((await run(['doctor', '--settings', 'folder'])).opened).toEqual([{ settings: 'folder' }]);
  expect((await run(['doctor'])).opened).toEqual([{}]);
});
