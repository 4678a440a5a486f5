import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { enrollment } from '@countersign/contracts';
import { activeOf, readWrapped, type KeyStore } from '@countersign/keys';
import { InProcessNetwork } from '@countersign/platform';
import { openFileKeyStore } from '@countersign/keys-file';
import { service } from '../src/index.js';
import { KEYS_REFRESH_SECONDS } from '../src/domain/rewrap.js';
import { Bank, type Customer } from './bank.js';

let bank: Bank;
let people: Customer[];
let keys: KeyStore;
beforeAll(async () => {
  bank = await Bank.open();
  people = [await bank.customer(), await bank.customer(), await bank.customer()];
  const { folder } = bank.installation as unknown as { folder: string };
  keys = openFileKeyStore({
    file: join(folder, 'keys', 'sealing.json'),
    masterKeyFile: join(folder, 'master', 'master.key'),
  });
});
afterAll(() => bank.stop());

const cli = () => bank.installation.client('cli', enrollment.EnrollmentServiceService);
const step = (name: string, after = '', limit = 2) =>
  cli().rewrapSubjectKeys({ tenant: bank.tenant.slug, step: name, after, limit }, bank.call());

/** Opens what is sealed, on both replicas, as sign-ins and the bank's server do all the time. */
async function use(): Promise<void> {
  for (const { credentialId, tenant, reference } of people) {
    const by = { $case: 'credentialId', value: credentialId } as const;
    for (const replica of [bank.verification, bank.otherVerification])
      expect(await replica.getCredentials({ tenant, by }, bank.call())).toMatchObject({ userName: reference });
  }
}

/** Uses it until told to stop; a failure comes out then. */
function inUse(): { stop(): Promise<void> } {
  let running = true;
  const using = (async () => {
    while (running) await use();
  })();
  using.catch(() => undefined);
  return {
    stop: () => {
      running = false;
      return using;
    },
  };
}

const keyIdsInUse = async (): Promise<string[]> =>
  (
    await bank.rows<{ id: string }>(
      `select distinct encode(substr(wrapped_data_key, 2, 4), 'hex') as id from enrollment.subject where tenant = $1`,
      [bank.tenant.tenant],
    )
  ).map(({ id }) => id);

describe('after the wrapping key was rotated', () => {
  test('BCB-9.keys · tenant keys are wrapped anew in batches, once, and the version before can then be disabled', async () => {
    await keys.activate((await keys.prepare('kek')).id);
    const users = inUse();
    const first = await cli().rewrapTenantKeys({ after: '', limit: 1 }, bank.call());
    expect(first).toEqual({ lookedAt: 2, rewrapped: 2, next: bank.tenant.tenant });
    expect(await cli().rewrapTenantKeys({ after: first.next, limit: 1 }, bank.call())).toMatchObject({ next: '' });
    expect(await cli().rewrapTenantKeys({ after: '', limit: 500 }, bank.call())).toMatchObject({ rewrapped: 0 });
    await users.stop();
    const wrapped = await bank.rows<{ wrapped: Buffer }>(
      'select wrapped from enrollment.tenant_key union all select wrapped from enrollment.keyed_hash_secret',
    );
    const newest = activeOf(await keys.list('kek'), 'kek').id;
    expect(wrapped.map((row) => readWrapped(row.wrapped).keyId)).toEqual([newest, newest]);
    for (const old of (await keys.list('kek')).filter(({ id }) => id !== newest)) await keys.disable(old.id);
    const fresh = new InProcessNetwork();
    await bank.session.serve(fresh);
    await bank.installation.start(service, {}, fresh);
    const by = { $case: 'credentialId', value: people[0]!.credentialId } as const;
    const replica = bank.installation.client('verification', enrollment.EnrollmentServiceService, fresh);
    const answer = await replica.getCredentials({ tenant: people[0]!.tenant, by }, bank.call());
    expect(answer.userName).toBe(people[0]!.reference);
  }, 60_000);
});

describe('a new tenant key', () => {
  test('BCB-9.keys · takes over under use: data keys move in batches, and the earlier key is dropped when none is left', async () => {
    const [before] = await keyIdsInUse();
    const users = inUse();
    expect(await step('begin')).toMatchObject({ stage: 'announced', subjects: 3 });
    expect(await step('begin')).toMatchObject({ stage: 'announced' });
    await expect(step('move')).rejects.toMatchObject({ code: 'conflict' });
    await sleep((KEYS_REFRESH_SECONDS + 1) * 1_000);
    expect(await step('promote')).toMatchObject({ stage: 'moving' });
    await sleep((KEYS_REFRESH_SECONDS + 1) * 1_000);
    await expect(step('finish')).rejects.toMatchObject({ code: 'conflict' });
    const first = await step('move');
    expect(first).toMatchObject({ lookedAt: 2, rewrapped: 2 });
    expect((await keyIdsInUse()).length).toBe(2);
    people.push(await bank.customer());
    expect(await step('move')).toMatchObject({ rewrapped: 0 });
    for (let { next } = first; next !== '';) next = (await step('move', next)).next;
    expect(await step('finish')).toMatchObject({ stage: 'settled' });
    await users.stop();
    await use();
    const after = await keyIdsInUse();
    expect(after).toHaveLength(1);
    expect(after).not.toEqual([before]);
  }, 60_000);

  test('BCB-9.keys · a data key under the one that was dropped is stored by nobody', async () => {
    const wrong = bank.rows(
      `update enrollment.subject set wrapped_data_key = overlay(wrapped_data_key placing '\\x00000000' from 2) where id = $1`,
      [people[0]!.subject],
    );
    await expect(wrong).rejects.toThrow('the data key is under a tenant key that was replaced');
  });
});
