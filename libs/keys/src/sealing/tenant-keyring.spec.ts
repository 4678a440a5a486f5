import { describe, expect, test } from '@jest/globals';
import { MemoryBacking } from '../store/memory-backing.js';
import { SoftwareKeyStore } from '../store/software-key-store.js';
import { TenantKeyring } from './tenant-keyring.js';

const refused = expect.objectContaining({ code: 'seal_refused' });

async function houses() {
  const store = new SoftwareKeyStore('memory', new MemoryBacking());
  await store.create('kek', 'wrap');
  return { store, enrollment: new TenantKeyring(store), verification: new TenantKeyring(store) };
}

describe('the three levels', () => {
  test('BCB-10.sealed · a service that loads the tenant key opens a data key another service made', async () => {
    const { enrollment, verification } = await houses();
    const tenantKey = await enrollment.createTenantKey('t1');
    const { key, wrapped } = enrollment.createDataKey('t1', 's1');
    await verification.load('t1', tenantKey);
    expect(Buffer.from(verification.openDataKey('t1', 's1', wrapped))).toEqual(key);
    expect(wrapped.length).toBe(65);
  });

  test('BCB-10.sealed · a data key of another subject or tenant is refused', async () => {
    const { enrollment } = await houses();
    await enrollment.createTenantKey('t1');
    await enrollment.createTenantKey('t2');
    const { wrapped } = enrollment.createDataKey('t1', 's1');
    expect(() => enrollment.openDataKey('t1', 's2', wrapped)).toThrow(refused);
    expect(() => enrollment.openDataKey('t2', 's1', wrapped)).toThrow(refused);
  });

  test('BCB-10.sealed · a tenant key wrapped for one tenant cannot be loaded for another', async () => {
    const { enrollment, verification } = await houses();
    const tenantKey = await enrollment.createTenantKey('t1');
    await expect(verification.load('t2', tenantKey)).rejects.toEqual(refused);
    expect(verification.holds('t2')).toBe(false);
  });

  test('a later tenant key wraps from then on, earlier data keys still open, and loading twice changes nothing', async () => {
    const { enrollment, verification } = await houses();
    const [first, early] = [await enrollment.createTenantKey('t1'), enrollment.createDataKey('t1', 's1')];
    const [second, late] = [await enrollment.createTenantKey('t1'), enrollment.createDataKey('t1', 's1')];
    for (const wrapped of [first, second, second]) await verification.load('t1', wrapped);
    expect(Buffer.from(verification.openDataKey('t1', 's1', early.wrapped))).toEqual(early.key);
    expect(Buffer.from(verification.openDataKey('t1', 's1', late.wrapped))).toEqual(late.key);
  });

  test('a tenant whose key is not loaded, or was forgotten, is named', async () => {
    const { enrollment } = await houses();
    expect(() => enrollment.createDataKey('t1', 's1')).toThrow(expect.objectContaining({ code: 'key_unknown' }));
    await enrollment.createTenantKey('t1');
    enrollment.forget('t1');
    expect(() => enrollment.createDataKey('t1', 's1')).toThrow(expect.objectContaining({ code: 'key_unknown' }));
  });

  test('a rotated wrapping key still opens the tenant keys it wrapped', async () => {
    const { store, enrollment, verification } = await houses();
    const tenantKey = await enrollment.createTenantKey('t1');
    await store.activate((await store.prepare('kek')).id);
    await verification.load('t1', tenantKey);
    expect(verification.holds('t1')).toBe(true);
  });
});
