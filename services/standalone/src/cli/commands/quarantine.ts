import { SERVICES, type audit } from '@countersign/contracts';
import { CommandFailed, UsageError, type Answer, type CommandBody, type Context, type Input } from '../command.js';
import { columns } from '../help.js';

const TOPIC = { value: '<service>', help: 'only messages of this topic', choices: SERVICES };
const REASON = { value: '<code>', help: 'only those set aside for this reason, e.g. not_leaf_v1' };

export const quarantineList: CommandBody = {
  options: {
    topic: TOPIC,
    reason: REASON,
    all: { help: 'also those that went into the log later' },
  },
  run: async (input, context): Promise<Answer> => {
    const choice = { topic: input.text('topic'), reason: input.text('reason') };
    const messages = await listed(context, choice, input.given('all'));
    const rows = messages.map((message) => [
      placeOf(message),
      message.at,
      message.reason,
      message.type || '-',
      `${message.bytes}`,
      message.takenAt ? 'in the log' : `tried ${message.tries} times`,
    ]);
    return {
      json: { messages: messages.map(toldOf) },
      lines: rows.length === 0 ? ['nothing is in quarantine'] : columns([HEAD, ...rows]),
    };
  },
};
const HEAD = ['PLACE', 'SINCE', 'REASON', 'TYPE', 'BYTES', ''];

export const quarantineShow: CommandBody = {
  options: {},
  notes: [
    'Bytes are shown as text where they are plain, and in hexadecimal otherwise; at most the first 256 KiB. A place that was',
    'read again after its log was set back may hold several messages: all are shown.',
  ],
  run: async (input, context): Promise<Answer> => {
    const { audit: service, call } = await context.house.reach('audit');
    const choice = choiceOf(input.argument, 'quarantine show');
    const request = { choice, taken: true, whole: true, after: 0n, limit: 0 };
    const { messages } = await service.listQuarantine(request, call());
    if (messages.length === 0) throw new CommandFailed(`nothing of ${input.argument} was ever in quarantine`);
    const shown = messages.map((message) => ({ ...toldOf(message), ...bytesOf(message) }));
    return { json: { messages: shown }, lines: shown.flatMap((message) => ['', ...linesOf(message)]).slice(1) };
  },
};

export const quarantineRedrive: CommandBody = {
  options: {
    all: { help: 'all messages in quarantine' },
    reason: { ...REASON, help: `with --all: ${REASON.help}` },
    topic: { ...TOPIC, help: `with --all: ${TOPIC.help}` },
  },
  notes: [
    'For messages of a newer version, after an upgrade that knows it. What is still none stays, with the reason of now. A message',
    'that is in the log is not added again, so the command can be repeated. It is recorded in the log of the platform.',
    'Exit code 1 when some message stays.',
  ],
  run: async (input, context): Promise<Answer> => {
    const redriven = await redrive(context, redriveChoice(input));
    const stay = redriven.filter(({ taken }) => !taken);
    return {
      json: { tried: redriven.length, taken: redriven.length - stay.length, messages: redriven.map(outcomeOf) },
      lines: [
        ...stay.map((each) => `${placeOf(each)} stays: ${each.reason}${each.detail ? ` (${each.detail})` : ''}`),
        `${redriven.length - stay.length} of ${redriven.length} messages are in the log now`,
      ],
      failed: stay.length > 0,
    };
  },
};

type Message = audit.QuarantinedMessage;
type Choice = NonNullable<audit.ListQuarantineRequest['choice']>;
interface Place {
  topic: string;
  partition: number;
  offset: bigint;
}

const placeOf = ({ topic, partition, offset }: Place): string => `${topic}/${partition}/${offset}`;

/** @throws UsageError */
function choiceOf(place: string, command: string): Choice {
  const match = /^([a-z]+)\/(\d{1,9})\/(\d{1,18})$/.exec(place);
  if (!match) throw new UsageError(`a place is topic/partition/offset, not '${place}'`, command);
  return { topic: match[1]!, partition: Number(match[2]), offset: BigInt(match[3]!), reason: '' };
}

/** @throws UsageError */
function redriveChoice(input: Input): Choice {
  const name = 'quarantine redrive';
  const [one, all] = [input.argument !== '', input.given('all')];
  if (one === all) throw new UsageError('say which message, or --all', name);
  if (one && (input.given('reason') || input.given('topic')))
    throw new UsageError('--reason and --topic choose among --all', name);
  return one ? choiceOf(input.argument, name) : { topic: input.text('topic'), reason: input.text('reason') };
}

async function listed({ house }: Context, choice: Choice, taken: boolean): Promise<Message[]> {
  const { audit: service, call } = await house.reach('audit');
  const messages: Message[] = [];
  for (let after = 0n; ;) {
    const page = await service.listQuarantine({ choice, taken, whole: false, after, limit: 0 }, call());
    messages.push(...page.messages);
    if (page.next === 0n) return messages;
    after = page.next;
  }
}

async function redrive({ house, note }: Context, choice: Choice): Promise<audit.Redriven[]> {
  const { audit: service, call } = await house.reach('audit');
  const redriven: audit.Redriven[] = [];
  for (let after = 0n; ;) {
    const page = await service.redriveQuarantine({ choice, after }, call());
    redriven.push(...page.messages);
    if (page.next === 0n) return redriven;
    after = page.next;
    note(`${redriven.length} messages so far`);
  }
}

const outcomeOf = ({ taken, reason, detail, ...place }: audit.Redriven) => ({
  ...{ place: placeOf(place), taken },
  ...(reason && { reason, detail }),
});

/** Without what is not known. */
const toldOf = (message: Message) => {
  const { partition, offset, leaf: _, ...rest } = message;
  const known = Object.entries(rest).filter(([, value]) => value !== '');
  return { place: placeOf(message), partition, offset: `${offset}`, ...Object.fromEntries(known) };
};

const PLAIN = /^[\x20-\x7e]*$/;

const bytesOf = ({ leaf }: Message): { text: string } | { hex: string } => {
  const text = Buffer.from(leaf).toString('latin1');
  return PLAIN.test(text) ? { text } : { hex: Buffer.from(leaf).toString('hex') };
};

const linesOf = (message: Record<string, unknown>): string[] =>
  columns(Object.entries(message).map(([name, value]) => [name, `${value as string}`]));
