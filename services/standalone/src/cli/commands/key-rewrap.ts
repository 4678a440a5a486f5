import { setTimeout as sleep } from 'node:timers/promises';
import { refuse } from '@countersign/kernel';
import { CommandFailed, type Answer, type CommandBody, type Context } from '../command.js';
import type { House } from '../house.js';
import { recorded } from '../keys/recorded.js';
import { allKeys } from '../keys/stores.js';

/** Of one call: some ten milliseconds. */
const BATCH = 200;
const NOTE_EVERY_MS = 2_000;
/** After which every process holds a key that was announced: they look every five seconds. */
const LEARNED_MS = 15_000;

export const keyRewrap: CommandBody = {
  options: {
    tenant: { value: '<slug>', help: 'replace the key of this tenant, and wrap the data keys of its people anew' },
  },
  notes: [
    'Without --tenant: after `key rotate kek --activate`. Afterwards nothing of enrollment needs the version before.',
    'With --tenant: announces a new key, waits until every process holds it, lets it wrap, moves the data keys in batches, and',
    'drops the earlier one. Sign-ins go on meanwhile. Stopped in between, it goes on where it stood when it is run again.',
  ],
  run: async (input, context) => {
    const { house } = context;
    if (!input.given('tenant')) return told(house, () => tenantKeys(context));
    const slug = input.text('tenant');
    return told(house, () => subjectKeys(slug, context), await tenantId(house, slug));
  },
};

const STORE = 'sealing';

/** @param tenant id of the one whose key is replaced; without it the tenants' keys themselves are wrapped anew */
async function told(house: House, take: () => Promise<Answer & { json: { rewrapped: number } }>, tenant?: string) {
  const kek = (await allKeys(house, STORE)).find(({ state }) => state === 'active');
  if (!kek) throw new CommandFailed(`the store ${STORE} has no key in use`);
  const driver = kek.id.slice(0, kek.id.indexOf(':'));
  const step = { change: 'rewrap', key: kek.id, store: STORE, driver, ...(tenant && { tenant }) } as const;
  return recorded(house, step, async () => {
    const result = await take();
    return { result, facts: { count: `${result.json.rewrapped}` } };
  });
}

async function tenantKeys({ house, note }: Context) {
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

async function subjectKeys(tenant: string, { house, note }: Context) {
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

/** @throws `tenant_unknown` */
async function tenantId(house: House, slug: string): Promise<string> {
  const { tenant, call } = await house.control();
  for (let cursor = ''; ;) {
    const { tenants, nextCursor } = await tenant.listTenants({ cursor, limit: BATCH }, call());
    const found = tenants.find((each) => each.slug === slug);
    if (found) return found.id;
    if (nextCursor === '') throw refuse('tenant_unknown');
    cursor = nextCursor;
  }
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
