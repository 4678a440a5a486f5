import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import {
  AdminDatabase,
  CALM,
  HostProcess,
  call,
  countersign,
  createBank,
  createCustomer,
  loadOnKeys,
  told,
  verifyPublished,
  type Bank,
  type Customer,
  type KeyLoad,
} from '../src/index.js';

export type Signing = 'direct' | 'delegated';

/** Ways of signing to try: what the suite's `SIGNING` names, else both. */
export const modes = (): readonly Signing[] => {
  const named = process.env['SIGNING'];
  return named === 'direct' || named === 'delegated' ? [named] : ['direct', 'delegated'];
};

interface Listed {
  store: string;
  id: string;
  name: string;
  state: string;
}

/** Session takes a second; on a busy machine, where commands and people are at it, many. */
const REFUSED_WITHIN_MS = 20_000;
const PLACES = 3;

/**
 * A whole installation, a process for each service, with all of its keys in one driver.
 * @param settings of the driver, as variables
 */
export function installationKeys(driver: string, signing: Signing, settings: () => Record<string, string>): void {
  describe(`keys in ${driver}, tokens signed ${signing}`, () => proofs(driver, signing, settings));
}

function proofs(driver: string, signing: Signing, settings: () => Record<string, string>): void {
  let host: HostProcess;
  let bank: Bank;
  let customers: Customer[];
  const dataDir = (): string => host.options.dataDir;
  const keys = async (): Promise<Listed[]> => (await told<{ keys: Listed[] }>(dataDir(), 'key', 'list')).keys;

  beforeAll(async () => {
    const env = { COUNTERSIGN_KEY_DRIVER: driver, COUNTERSIGN_TOKEN_SIGNING: signing };
    const namespace = { COUNTERSIGN_KEY_NAMESPACE: signing };
    host = await HostProcess.start({ shape: 'services', env: { ...env, ...namespace, ...settings() } });
    bank = await createBank(host, { risk: CALM });
    customers = [];
    for (let n = 0; n < PLACES; n++)
      customers.push(await createCustomer(host, bank, { client: n === 0 ? bank.web : bank.native }));
  }, 180_000);
  afterAll(() => host?.stop(), 60_000);

  /**
   * What `work` does while people sign in and use what they got.
   * @param due how refusals end that are right: of tokens of the very key that is disabled, which apps still hold
   */
  async function underLoad(
    what: string,
    work: (load: KeyLoad) => Promise<void>,
    due: readonly string[] = [],
  ): Promise<KeyLoad> {
    const load = loadOnKeys(bank, customers);
    try {
      await sleep(500);
      await work(load);
      await sleep(500);
    } finally {
      await load.stop();
    }
    expect(load.wrong.filter((each) => !due.some((end) => each.endsWith(end)))).toEqual([]);
    expect(load.wrong.length).toBeLessThanOrEqual(2 * PLACES);
    expect(load.answered).toBeGreaterThan(5);
    const counts = `${load.answered} requests answered, ${load.wrong.length} of a disabled key refused`;
    process.stdout.write(`${driver}, ${signing}: ${what}: ${counts}\n`);
    return load;
  }

  const freshToken = async (): Promise<string> => String((await customers[1]!.browser.signIn()).accessToken);
  /** The key that signed it, or that certified the one which did. */
  const storeKeyOf = (token: string): string => decodeProtectedHeader(token).kid!.split('/by~')[0]!;
  const tokenKey = (): string => `token/${bank.tenant}`;
  const refused = async (token: string): Promise<boolean> => {
    const { status } = await call(host, 'GET', '/auth/sessions', {
      headers: { authorization: `Bearer ${token}`, 'countersign-client': bank.native },
    });
    return status === 401;
  };

  test('BCB-9.keys · every key of the installation is there, and nothing of it in files', async () => {
    const found = await keys();
    expect(found.filter(({ id }) => !id.startsWith(`${driver}:`))).toEqual([]);
    expect(new Set(found.map(({ store }) => store))).toEqual(new Set(['tenant', 'session', 'challenge', 'sealing']));
    const { code, stdout } = await countersign(dataDir(), 'doctor');
    expect([code, stdout.split('\n').filter((line) => line.startsWith('FAIL'))]).toEqual([0, []]);
  });

  test(`CARD-4.tokens BCB-15.${driver.replace('aws-kms', 'aws')} BCB-9.keys · an access token verifies against the published key set, and its kid says the driver`, async () => {
    const { kid, claims } = await verifyPublished(host, bank, await freshToken());
    expect(claims['client_id']).toBe(bank.native);
    const by = signing === 'direct' ? '' : '/by~[\\w-]{12}';
    expect(kid).toMatch(new RegExp(`^${driver}:${tokenKey()}/1${by}$`));
  });

  test('BCB-9.keys · keys that sign are replaced by command while people sign in: no token is refused', async () => {
    const before = await freshToken();
    await underLoad('keys that sign replaced', async () => {
      for (const name of [tokenKey(), 'caller', 'snapshot']) {
        await told(dataDir(), 'key', 'rotate', name);
        await told(dataDir(), 'key', 'rotate', name, '--activate');
      }
    });
    expect(await refused(before)).toBe(false);
    const active = (await keys()).filter(({ state }) => state === 'active').map(({ id }) => id);
    expect(active).toEqual(expect.arrayContaining([`${driver}:${tokenKey()}/2`, `${driver}:caller/2`]));
  }, 180_000);

  test('BCB-9.keys · a key of tokens is disabled by command: its tokens are refused within seconds, sign-ins go on', async () => {
    const leaked = await freshToken();
    const id = storeKeyOf(leaked);
    await underLoad(
      'a key of tokens disabled',
      async () => {
        const { active } = await told<{ active: string }>(dataDir(), 'key', 'disable', id, '--yes');
        expect(active).toMatch(new RegExp(`^${driver}:${tokenKey()}/[23]$`));
        expect(active).not.toBe(id);
        for (const end = Date.now() + REFUSED_WITHIN_MS; !(await refused(leaked)); await sleep(50))
          expect(Date.now()).toBeLessThan(end);
      },
      ['401 token_invalid'],
    );
    expect(await refused(await freshToken())).toBe(false);
    const again = await countersign(dataDir(), 'key', 'disable', id, '--yes');
    expect(again.code).toBe(0);
  }, 180_000);

  test('BCB-9.keys · keys that wrap are replaced, and what they wrapped is under the new one, while people sign in', async () => {
    await underLoad('keys that wrap replaced', async () => {
      for (const store of ['challenge', 'sealing']) {
        await told(dataDir(), 'key', 'rotate', 'kek', '--store', store);
        await told(dataDir(), 'key', 'rotate', 'kek', '--store', store, '--activate');
      }
      expect((await told<{ rewrapped: number }>(dataDir(), 'key', 'rewrap')).rewrapped).toBeGreaterThan(0);
      await told(dataDir(), 'key', 'disable', `${driver}:kek/1`, '--store', 'sealing', '--wrapping', '--yes');
    });
    expect((await told<{ rewrapped: number }>(dataDir(), 'key', 'rewrap')).rewrapped).toBe(0);
    expect((await createCustomer(host, bank)).subject).toBeTruthy();
  }, 180_000);

  // After what puts load on them: apps still hold tokens of the key that is disabled here.
  if (signing === 'delegated')
    test('BCB-9.keys · one issuer key is disabled by command: its tokens are refused, and sign-ins go on', async () => {
      const leaked = await freshToken();
      const { kid } = decodeProtectedHeader(leaked);
      const { active } = await told<{ active: string }>(dataDir(), 'key', 'disable', kid!, '--yes');
      for (const end = Date.now() + REFUSED_WITHIN_MS; !(await refused(leaked)); await sleep(50))
        expect(Date.now()).toBeLessThan(end);
      const next = await freshToken();
      expect([storeKeyOf(next), await refused(next)]).toEqual([active, false]);
    }, 60_000);

  test('BCB-9.keys · every command stands in the log, a tenant’s key in the log of that tenant', async () => {
    const database = new AdminDatabase(host);
    const rows = await database.rows<{ type: string; tenant: string; ended: boolean }>(
      `select type, tenant::text, exists (select from tenant.outbox end_ where end_.type <> 'key.change_begun'
           and end_.type like 'key.%' and convert_from(end_.leaf, 'UTF8')::json->>'request'
             = convert_from(begun.leaf, 'UTF8')::json->>'request') as ended
         from tenant.outbox begun where type = 'key.change_begun' order by event_id`,
    );
    await database.close();
    expect(rows.length).toBeGreaterThan(12);
    expect(rows.filter(({ ended }) => !ended)).toEqual([]);
    expect(rows.filter(({ tenant }) => tenant === bank.tenant)).toHaveLength(signing === 'delegated' ? 5 : 4);
  });
}
