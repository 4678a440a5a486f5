import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailed, type Answer, type Command, type Context } from '../command.js';

/** Of one call: some ten milliseconds. */
const BATCH = 200;
const NOTE_EVERY_MS = 2_000;
/** After which every process holds a key that was announced: they look every five seconds. */
const LEARNED_MS = 15_000;

export const keyRewrap: Command = {
  name: 'key rewrap',
  summary:
    'Wraps tenant keys under the newest `kek`; with --tenant, makes a tenant a new key and moves its people to it.',
  options: {
    tenant: { value: '<slug>', help: 'replace the key of this tenant, and wrap the data keys of its people anew' },
  },
  notes: [
    'Without --tenant: after `key rotate kek --activate`. Afterwards nothing of enrollment needs the version before.',
    'With --tenant: announces a new key, waits until every process holds it, lets it wrap, moves the data keys in batches, and',
    'drops the earlier one. Sign-ins go on meanwhile. Stopped in between, it goes on where it stood when it is run again.',
  ],
  run: (input, context) => (input.given('tenant') ? subjectKeys(input.text('tenant'), context) : tenantKeys(context)),
};

async function tenantKeys({ house, note }: Context): Promise<Answer> {
  const { enrollment, call } = await house.control();
  const counts = { lookedAt: 0, rewrapped: 0 };
  const tell = everyOther(() => note(`${counts.lookedAt} keys, ${counts.rewrapped} wrapped anew`));
  let after = '';
  do {
    const batch = await enrollment.rewrapTenantKeys({ after, limit: BATCH }, call());
    counts.lookedAt += batch.lookedAt;
    counts.rewrapped += batch.rewrapped;
    after = batch.next;
    tell();
  } while (after !== '');
  return { json: counts, lines: [`${counts.lookedAt} keys: ${counts.rewrapped} wrapped anew under the newest kek`] };
}

async function subjectKeys(tenant: string, { house, note }: Context): Promise<Answer> {
  const { enrollment, call } = await house.control();
  const step = (name: string, after = '') =>
    enrollment.rewrapSubjectKeys({ tenant, step: name, after, limit: BATCH }, call());
  const begun = await step('begin');
  if (begun.stage === 'announced') {
    note('a new key is announced; waiting until every process holds it');
    await sleep(LEARNED_MS);
    await step('promote');
    note('the new key wraps from now on; waiting until every process knows');
    await sleep(LEARNED_MS);
  }
  const counts = { subjects: begun.subjects, rewrapped: 0 };
  const finished = await moveAll(step, counts, note);
  if (!finished) throw new CommandFailed('data keys were added under the earlier key; run it again');
  return {
    json: { tenant, ...counts },
    lines: [`${tenant}: ${counts.rewrapped} data keys are under the new tenant key`],
  };
}

type Step = (
  name: string,
  after?: string,
) => Promise<{ stage: string; lookedAt: number; rewrapped: number; next: string }>;

/** @returns whether the earlier key could be dropped */
async function moveAll(
  step: Step,
  counts: { subjects: number; rewrapped: number },
  note: (line: string) => void,
): Promise<boolean> {
  let [after, done] = ['', 0];
  const tell = everyOther(() => note(`${done} of ${counts.subjects} people, ${counts.rewrapped} data keys moved`));
  do {
    const batch = await step('move', after);
    done += batch.lookedAt;
    counts.rewrapped += batch.rewrapped;
    after = batch.next;
    tell();
  } while (after !== '');
  return (await step('finish')).stage === 'settled';
}

/** Says how far it is, every other second. */
function everyOther(tell: () => void): () => void {
  let next = Date.now() + NOTE_EVERY_MS;
  return () => {
    if (Date.now() < next) return;
    next = Date.now() + NOTE_EVERY_MS;
    tell();
  };
}
