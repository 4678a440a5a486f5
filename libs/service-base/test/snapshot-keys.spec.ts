import { writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@countersign/kernel';
import { MemoryBacking, SoftwareKeyStore, jwksOf } from '@countersign/keys';
import { SettingsError } from '@countersign/platform';
import { TrustedKeys } from '../src/trusted-keys.js';
import {
  control,
  heldBy,
  keys,
  logged,
  sign,
  snapshotOf,
  start,
  trust,
  trustFile,
  until,
  withSnapshots,
} from './snapshots.js';

withSnapshots();

describe('keys that sign snapshots', () => {
  test('R32 · after a rotation an unknown kid reads the trust file again, without a restart', async () => {
    const store = await start();
    const tenant = uuidv7();
    control.publish(await sign(snapshotOf(tenant, 1)));
    await until(() => heldBy(store, tenant) === 'version 1');
    await keys.activate((await keys.prepare('snapshot')).id);
    trust(await jwksOf(keys, 'snapshot'));
    control.publish(await sign(snapshotOf(tenant, 2)));
    await until(() => heldBy(store, tenant) === 'version 2');
  });

  test('R32 · a trust file that is being written is waited for: nothing is lost', async () => {
    const store = await start();
    const tenant = uuidv7();
    const { id } = await keys.prepare('snapshot');
    await keys.activate(id);
    writeFileSync(trustFile, '{"keys":[');
    control.publish(await sign(snapshotOf(tenant, 1)));
    await until(() => logged('snapshot.watch_failed'));
    expect(heldBy(store, tenant)).toBeUndefined();
    trust(await jwksOf(keys, 'snapshot'));
    await until(() => heldBy(store, tenant) === 'version 1');
  });

  test('BCB-9.keys · a key that was taken out of the file is believed no longer, and one of the same name with another half is', async () => {
    trust(await jwksOf(keys, 'snapshot'));
    const trusted = new TrustedKeys(trustFile);
    const { keys: published } = await jwksOf(keys, 'snapshot');
    const { kid } = published[0]!;
    const before = trusted.key(kid)!;
    const other = new SoftwareKeyStore('memory', new MemoryBacking());
    const stranger = await other.publicKey((await other.create('snapshot', 'sign')).id);
    trust({ keys: [{ ...stranger, kid }] });
    expect(trusted.key(kid)!.equals(before)).toBe(false);
    trust({ keys: [stranger] });
    expect(trusted.key(stranger.kid)).toBeDefined();
    if (kid !== stranger.kid) expect(trusted.key(kid)).toBeUndefined();
  });

  test.each(['', 'no JSON', '{}', '{"keys":[{"kid":"a","kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}'])(
    'R25 · a trust file that is none, %j, stops the start and names its setting',
    (text) => {
      writeFileSync(trustFile, text);
      expect(() => new TrustedKeys(trustFile)).toThrow(SettingsError);
      expect(() => new TrustedKeys(trustFile)).toThrow(/^COUNTERSIGN_SNAPSHOT_KEYS_FILE: /);
    },
  );
});
