import { createHash, randomUUID, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { enrollment } from '@countersign/contracts';
import {
  TestAttestationCa,
  foreignCredential,
  type AttestationIssuer,
  type SoftAuthenticatorOptions,
  type TestMetadataEntry,
} from '@countersign/testing';
import { Bank } from './bank.js';
import { MetadataFile, until } from './metadata-feed.js';

const [google, apple, maker] = ['Google', 'Apple', 'Maker'].map((name) => new TestAttestationCa(name)) as [
  TestAttestationCa,
  TestAttestationCa,
  TestAttestationCa,
];
/** Certificates that name no model. */
const silent = (ca: TestAttestationCa): AttestationIssuer => ({
  certificate: ca.certificate,
  issue: (profile = {}) => ca.issue({ ...profile, aaguid: undefined }),
});

const NO_MODEL = '00000000-0000-0000-0000-000000000000';
const feed = new MetadataFile();
let folder: string;
let bank: Bank;
let aaguid: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-anchors-'));
  for (const [set, ca] of [['android', google] as const, ['apple', apple] as const, ['maker', maker] as const]) {
    mkdirSync(join(folder, set));
    writeFileSync(join(folder, set, 'root.pem'), new X509Certificate(ca.certificate).toString());
  }
  bank = await Bank.open({}, { ...feed.settings, attestationAnchors: folder });
}, 60_000);
beforeEach(() => {
  aaguid = randomUUID();
});
afterAll(async () => {
  await bank.stop();
  feed.stop();
  rmSync(folder, { recursive: true });
});

/** A tenant that trusts all three makers by their sets, and these of its own. */
const policy = (metadata: object = {}, own: TestAttestationCa[] = []) => ({
  webauthn: {
    attestation: {
      accept: ['anchored'],
      anchorSets: ['android', 'apple', 'maker'],
      anchors: own.map(({ certificate }) => Buffer.from(certificate).toString('base64')),
    },
  },
  metadata,
});

async function publish(...entries: TestMetadataEntry[]): Promise<void> {
  const no = feed.publish(entries);
  const shown = new RegExp(`^countersign_metadata_no ${no}$`, 'm');
  await until(async () => shown.test(await bank.metrics()));
}

/** Enrolls one that names the model; `ok`, or why not. */
const outcome = (options: SoftAuthenticatorOptions): Promise<string> =>
  bank.customer({ aaguid, ...options }).then(
    () => 'ok',
    ({ code }: { code: string }) => code,
  );
const android: SoftAuthenticatorOptions = { attestation: 'android-key', ca: google };
const iphone: SoftAuthenticatorOptions = { attestation: 'apple', ca: apple };

describe('who vouches for what', () => {
  test('BCB-1.device · the sets of Android and Apple vouch for their own format, and a set of the bank for any', async () => {
    await bank.change(policy());
    expect(await outcome(android)).toBe('ok');
    expect(await outcome(iphone)).toBe('ok');
    expect(await outcome({ attestation: 'packed', ca: google })).toBe('attestation_untrusted');
    expect(await outcome({ attestation: 'packed', ca: apple })).toBe('attestation_untrusted');
    expect(await outcome({ attestation: 'android-key', ca: apple })).toBe('attestation_untrusted');
    expect(await outcome({ attestation: 'packed', ca: maker })).toBe('ok');
  });

  test('BCB-1.mds · where metadata has roots of a model, no set vouches for it, only they and the tenant’s own', async () => {
    const foreign = new TestAttestationCa('Another maker');
    await publish({ aaguid, roots: [foreign.certificate] });
    await bank.change(policy());
    expect(await outcome({ attestation: 'packed', ca: maker })).toBe('attestation_untrusted');
    expect(await outcome(android)).toBe('attestation_untrusted');
    expect(await outcome({ attestation: 'packed', ca: foreign })).toBe('ok');
    await bank.change(policy({}, [maker]));
    expect(await outcome({ attestation: 'packed', ca: maker })).toBe('ok');
  });
});

test('BCB-1.mds · a model that two entries name is judged by both, and an operator sees that there is one', async () => {
  await bank.change(policy());
  await publish({ aaguid, roots: [maker.certificate] }, { aaguid, roots: [google.certificate] });
  expect(await outcome({ attestation: 'packed', ca: maker })).toBe('attestation_untrusted');
  expect(await bank.metrics()).toMatch(/^countersign_metadata_faulty_entries 1$/m);
  await publish({ aaguid, statuses: ['REVOKED'] }, { aaguid, roots: [maker.certificate] });
  expect(await outcome({ attestation: 'packed', ca: maker })).toBe('attestation_untrusted');
  await publish({ aaguid, statuses: ['REVOKED'], roots: [maker.certificate] }, { aaguid, roots: [maker.certificate] });
  expect(await outcome({ attestation: 'packed', ca: maker })).toBe('model_status_refused');
});

test('BCB-1.mds · a condemned U2F model does not hide in a compound attestation, and one key signs no two of its statements', async () => {
  const leaf = maker.issue();
  const issuer = { certificate: maker.certificate, issue: () => leaf };
  const { x, y } = leaf.privateKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url')]);
  const keyIdentifier = createHash('sha1').update(point).digest('hex');
  await bank.change(policy());
  await publish({ keyIdentifiers: [keyIdentifier], statuses: ['REVOKED'] });
  const statements = ['fido-u2f', 'packed-self'] as const;
  const hidden = { attestation: 'compound', statements, ca: issuer, aaguid: NO_MODEL, algorithm: -7 } as const;
  await bank.change({ webauthn: { attestation: { ...policy().webauthn.attestation, compound: 1 } } });
  expect(await outcome(hidden)).toBe('model_status_refused');
  expect(await outcome({ ...hidden, statements: ['fido-u2f', 'packed'] })).toBe('attestation_invalid');
  await publish({ keyIdentifiers: [keyIdentifier] });
  expect(await outcome(hidden)).toBe('ok');
});

test('BCB-1.mds · an imported passkey is judged by the list in force when it is imported', async () => {
  const { slug } = await bank.neighbour();
  const cli = bank.installation.client('cli', enrollment.EnrollmentServiceService);
  const codeOf = async () => {
    const { line } = foreignCredential({ reference: randomUUID(), aaguid });
    const { outcomes } = await cli.importCredentials(
      { tenant: slug, lines: [JSON.stringify(line)], dryRun: true },
      bank.call(),
    );
    return outcomes[0]!.code || outcomes[0]!.outcome;
  };
  expect(await codeOf()).toBe('imported');
  await publish({ aaguid, algorithms: ['rsassa_pkcsv15_sha256_raw'] });
  expect(await codeOf()).toBe('model_statement_mismatch');
  await publish({ aaguid, statuses: ['REVOKED'] });
  expect(await codeOf()).toBe('model_status_refused');
});

describe('a model that nobody certifies', () => {
  const L2 = ['FIDO_CERTIFIED_L1', 'FIDO_CERTIFIED_L2'];
  const asks: [object, string][] = [
    [{ required: true }, 'model_unknown'],
    [{ leastCertification: 'FIDO_CERTIFIED_L2' }, 'model_certification_insufficient'],
  ];

  test('BCB-1.aaguid · is none of a list of allowed ones, whatever AAGUID an Android or Apple key comes with', async () => {
    await bank.change(policy({ aaguids: { allow: [aaguid] } }));
    expect(await outcome(android)).toBe('model_not_allowed');
    expect(await outcome(iphone)).toBe('model_not_allowed');
    expect(await outcome({ attestation: 'packed', ca: silent(maker) })).toBe('model_not_allowed');
    expect(await outcome({ attestation: 'packed', ca: maker })).toBe('ok');
  });

  test('BCB-1.aaguid · a list of denied ones takes it at its word', async () => {
    await bank.change(policy({ aaguids: { deny: [aaguid] } }));
    expect(await outcome(android)).toBe('model_not_allowed');
  });

  test('BCB-1.mds · has no entry and no certification, also where the tenant itself trusts the maker', async () => {
    await publish({ aaguid, statuses: L2 });
    for (const [metadata, code] of asks) {
      await bank.change(policy(metadata, [google]));
      expect(await outcome(android)).toBe(code);
    }
    await bank.change(policy({}, [google]));
    expect(await outcome(android)).toBe('ok');
  });

  test('BCB-1.mds · is certified by roots that metadata names for it, in any format', async () => {
    await publish({ aaguid, statuses: L2, roots: [google.certificate] });
    for (const metadata of [...asks.map(([asked]) => asked), { aaguids: { allow: [aaguid] } }]) {
      await bank.change(policy(metadata));
      expect(await outcome(android)).toBe('ok');
    }
  });

  test('BCB-1.aaguid · does not satisfy what the tenant asks of authenticators either', async () => {
    const { webauthn } = policy();
    await bank.change({ webauthn: { ...webauthn, assurance: { aaguids: [aaguid] } } });
    expect(await outcome(android)).toBe('authenticator_not_accepted');
    expect(await outcome({ attestation: 'packed', ca: maker })).toBe('ok');
  });

  test('BCB-6.metadata · enrolled before there was a list, its devices are suspended when there is one', async () => {
    await bank.change(policy());
    const [phone, key] = [
      await bank.customer({ aaguid, ...android }),
      await bank.customer({ aaguid, attestation: 'packed', ca: maker }),
    ];
    await bank.change(policy({ aaguids: { allow: [aaguid] } }));
    const stateOf = async (id: string) =>
      (await bank.rows<{ state: string }>('select state from enrollment.credential where id = $1', [id]))[0]!.state;
    await until(async () => (await stateOf(phone.device)) === 'suspended');
    expect([await stateOf(phone.device), await stateOf(key.device)]).toEqual(['suspended', 'active']);
  });
});
