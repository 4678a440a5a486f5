import type { Declaration, Report } from '@countersign/event-bus-kafka';
import { isLoopback, kafkaConnectionOf } from '@countersign/service-base';
import { CommandFailed, UsageError, type Answer, type CommandBody, type Input, type OptionSpec } from '../command.js';

const OPTIONS: Record<string, OptionSpec> = {
  brokers: { value: '<host:port,…>', help: 'some brokers of the cluster', required: true },
  'ca-file': { value: '<file>', help: 'authorities of the brokers, PEM (default: those that Node.js trusts)' },
  plaintext: { help: 'without encryption; for brokers on loopback only' },
  user: { value: '<name>', help: 'user for SCRAM-SHA-512; one that may create topics and permissions' },
  'password-file': { value: '<file>', help: 'file holding the password of that user' },
  prefix: { value: '<text>', help: "stands before every name, as the services' setting says (default: countersign.)" },
  partitions: { value: '<n>', help: 'of each topic, from 1 to 200 (default: 12); it cannot change later' },
  principal: { value: '<text>', help: 'what Kafka calls a service (default: User:countersign-{service})' },
  development: { help: 'one replica instead of three: what is acknowledged can be lost with a broker' },
};
const DEFAULT_PARTITIONS = 12;

/** Its client is loaded by those who need it: it is a tenth of what a command would load. */
const driver = () => import('@countersign/event-bus-kafka');

async function declarationIn(input: Input, command: string): Promise<Declaration> {
  const partitions = input.given('partitions') ? Number(input.text('partitions')) : DEFAULT_PARTITIONS;
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > 200)
    throw new UsageError(`--partitions is not a number from 1 to 200: '${input.text('partitions')}'`, command);
  const pattern = input.text('principal') || 'User:countersign-{service}';
  if (!/^User:.*\{service\}/.test(pattern))
    throw new UsageError('--principal begins with User: and holds {service}', command);
  const { declare } = await driver();
  return declare({
    prefix: input.given('prefix') ? input.text('prefix') : 'countersign.',
    partitions,
    development: input.given('development'),
    principal: (service) => pattern.replaceAll('{service}', service),
  });
}

/** As the services' setting has it. */
const BROKERS = /^[^\s:,]+:\d{1,5}(,[^\s:,]+:\d{1,5})*$/;
const LOOPBACK_ONLY = '--plaintext is for brokers on loopback only';

const connectionIn = (input: Input, command: string) => {
  if (!BROKERS.test(input.text('brokers'))) throw new UsageError('--brokers is not host:port,host:port', command);
  if (input.given('user') !== input.given('password-file'))
    throw new UsageError('--user and --password-file belong together', command);
  if (input.given('plaintext') && !isLoopback(input.text('brokers'))) throw new UsageError(LOOPBACK_ONLY, command);
  return kafkaConnectionOf(
    {
      kafkaBrokers: input.text('brokers'),
      kafkaTls: input.given('plaintext') ? 'off' : 'required',
      kafkaCaFile: input.text('ca-file') || undefined,
      kafkaUsername: input.text('user') || undefined,
      kafkaPasswordFile: input.text('password-file') || undefined,
    },
    'cli',
  )!;
};

/** Whatever the client complains of names brokers and permissions, and no secret. */
async function reached(work: Promise<Report>): Promise<Report> {
  try {
    return await work;
  } catch (error) {
    throw new CommandFailed(`Kafka: ${error instanceof Error ? error.message : 'unknown reason'}`);
  }
}

function answerOf({ done, differences }: Report, development: boolean): Answer {
  const weighs = differences.filter(({ what }) => !(development && what === 'permissions'));
  const lines = [
    ...done,
    ...differences.map(
      ({ what, problem, mendable }) => `${what}: ${problem}${mendable ? '' : ' (not mended by apply)'}`,
    ),
    ...(differences.length === 0 ? ['topics, their settings and permissions are as declared'] : []),
  ];
  return { lines, json: { ok: weighs.length === 0, done, differences }, failed: weighs.length > 0 };
}

export const kafkaTopicsApply: CommandBody = {
  options: OPTIONS,
  notes: [
    'Topics and permissions follow from what each service writes and reads. Nothing is deleted: what others may do is told.',
    'Exit code 1 when something is not as declared afterwards, such as another number of partitions. No installation is needed.',
  ],
  outside: true,
  run: async (input) => {
    const declaration = await declarationIn(input, 'kafka topics apply');
    const { applyKafka } = await driver();
    return answerOf(
      await reached(applyKafka(connectionIn(input, 'kafka topics apply'), declaration)),
      input.given('development'),
    );
  },
};

export const kafkaTopicsCheck: CommandBody = {
  options: OPTIONS,
  notes: ['Exit code 1 when something differs.'],
  outside: true,
  run: async (input) => {
    const declaration = await declarationIn(input, 'kafka topics check');
    const { checkKafka } = await driver();
    return answerOf(
      await reached(checkKafka(connectionIn(input, 'kafka topics check'), declaration)),
      input.given('development'),
    );
  },
};
