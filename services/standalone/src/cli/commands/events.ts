import { SERVICES, type ServiceName } from '@countersign/contracts';
import { UsageError, type Answer, type CommandBody, type Context, type Input } from '../command.js';
import { countOf, haltedReaders, replayOf, restartAll, type HaltedReader } from '../replaying.js';

const NAME = 'events replay';
const ALL = 'all';

interface Replayed {
  source: ServiceName;
  events: number;
}

export const eventsReplay: CommandBody = {
  options: {
    source: { value: '<service>', help: 'whose events', required: true, choices: [...SERVICES, ALL] },
    since: { value: '<time>', help: 'only those written at this time or later, RFC 3339 (default: all that are kept)' },
    'dry-run': { help: 'tell what would be done, and do nothing' },
  },
  notes: [
    'For a bus that lost events, was restored from an older copy, emptied or replaced. Partitions of these topics that somebody',
    'halted at are read anew from where their log begins now; the services notice within seconds, without a restart. The',
    'relays of the services then send what is kept, oldest first. Readers count an event once, however often it comes, so the',
    'command can be repeated, also after it was broken off. Everything is recorded in the log of the platform.',
  ],
  run: async (input, context): Promise<Answer> => {
    const since = sinceOf(input);
    const sources = input.text('source') === ALL ? SERVICES : [input.text('source') as ServiceName];
    const halted = await haltedReaders(context.house, sources);
    const dryRun = input.given('dry-run');
    const restarted = dryRun ? 0 : await restartAll(context.house, halted);
    const replayed: Replayed[] = [];
    for (const source of sources) {
      const events = dryRun
        ? await countOf(context.house, source, since)
        : await replayOf(context.house, source, since, progress(source, context));
      replayed.push({ source, events });
    }
    return answerOf(replayed, halted, restarted, dryRun);
  },
};

/** @throws UsageError */
function sinceOf(input: Input): Date {
  if (!input.given('since')) return new Date(0);
  const text = input.text('since');
  const since = new Date(text);
  if (!/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text) || Number.isNaN(since.getTime()))
    throw new UsageError(`--since is not a time such as 2026-11-20T08:00:00Z: '${text}'`, NAME);
  if (since > new Date()) throw new UsageError(`--since is in the future: '${text}'`, NAME);
  return since;
}

const NOTE_EVERY = 20_000;

function progress(source: ServiceName, { note }: Context): (events: number) => void {
  let noted = 0;
  return (events) => {
    if (events - noted < NOTE_EVERY) return;
    noted = events;
    note(`${source}: ${events} events so far`);
  };
}

function answerOf(
  replayed: readonly Replayed[],
  halted: readonly HaltedReader[],
  restarted: number,
  dryRun: boolean,
): Answer {
  const events = replayed.reduce((sum, each) => sum + each.events, 0);
  const partitions = halted.map(({ next, ...each }) => ({ ...each, position: `${next}` }));
  return {
    json: { dryRun, events, restarted, sources: replayed, partitions },
    lines: [
      ...partitions.map(
        ({ reader, topic, partition, code, position, asked }) =>
          `${reader} halted at ${position} of ${topic}/${partition}: ${code}${asked ? ' (asked before)' : ''}`,
      ),
      ...replayed.map(({ source, events: own }) => `${source}: ${own} events ${dryRun ? 'would go' : 'go'} out again`),
      dryRun
        ? `${partitions.length} partitions would start anew; nothing was done`
        : `${restarted} partitions start anew`,
    ],
  };
}
