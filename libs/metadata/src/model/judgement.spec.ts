import { describe, expect, test } from '@jest/globals';
import { judgeModel, judgeStatement, type EnrolledModel, type ModelPolicy } from './checks.js';
import type { MetadataEntry } from './entry.js';
import { MetadataIndex, ONLY_CLAIMED } from './metadata-index.js';
import { dayOf } from './statuses.js';

const AAGUID = '11111111-2222-4333-8444-555555555555';
const OTHER = '22222222-2222-4333-8444-555555555555';
const NOW = new Date('2026-11-22T12:00:00Z');

const entry = (changes: Partial<MetadataEntry> = {}): MetadataEntry => ({
  aaguid: AAGUID,
  keyIdentifiers: [],
  statuses: [{ status: 'FIDO_CERTIFIED_L1' }],
  description: '',
  attestationTypes: ['basic_full'],
  algorithms: [],
  keyProtection: [],
  roots: [],
  ...changes,
});
const indexOf = (...entries: MetadataEntry[]): MetadataIndex =>
  new MetadataIndex({ no: 1, nextUpdate: '2026-12-01', entries });
const refusal = (
  policy: Partial<ModelPolicy>,
  model: Partial<EnrolledModel> = {},
  index = indexOf(entry()),
): unknown => {
  const verdict = judgeModel(
    { aaguid: AAGUID, keyIdentifier: '', trust: 'anchored', ...model },
    { required: false, refuse: ['REVOKED'], aaguids: { deny: [] }, ...policy },
    index,
    NOW,
  );
  return verdict.ok ? 'ok' : { clause: verdict.clause, code: verdict.code, facts: verdict.facts };
};

describe('an AAGUID that is only claimed', () => {
  const claimed = { keyIdentifier: ONLY_CLAIMED };

  test('BCB-1.aaguid · satisfies no list, no need of an entry and no certification', () => {
    expect(refusal({ aaguids: { allow: [AAGUID], deny: [] } }, claimed)).toMatchObject({ code: 'model_not_allowed' });
    expect(refusal({ required: true }, claimed)).toMatchObject({ code: 'model_unknown' });
    expect(refusal({ leastCertification: 'FIDO_CERTIFIED' }, claimed)).toMatchObject({
      code: 'model_certification_insufficient',
    });
  });

  test('BCB-1.aaguid · and still speaks against the credential', () => {
    expect(refusal({}, claimed)).toBe('ok');
    expect(refusal({ aaguids: { deny: [AAGUID] } }, claimed)).toMatchObject({ code: 'model_not_allowed' });
    const revoked = indexOf(entry({ statuses: [{ status: 'REVOKED' }] }));
    expect(refusal({}, claimed, revoked)).toMatchObject({ code: 'model_status_refused' });
  });
});

describe('what a refusal says to an auditor', () => {
  const least = 'FIDO_CERTIFIED_L2';
  const [enough, short, revoked] = [least, 'FIDO_CERTIFIED_L1', 'REVOKED'].map((status) =>
    entry({ statuses: [{ status }] }),
  ) as [MetadataEntry, MetadataEntry, MetadataEntry];
  const told = (policy: Partial<ModelPolicy>, trust: EnrolledModel['trust'], ...entries: MetadataEntry[]) =>
    refusal(policy, { trust }, indexOf(...entries));
  const refused = (code: string, clause: string, facts: object) => ({ code, clause: `FIDO MDS 3 ${clause}`, facts });

  test('BCB-1.mds · §3.1.4 · the status that condemned the model', () => {
    expect(told({}, 'anchored', revoked)).toEqual(refused('model_status_refused', '§3.1.4', { status: 'REVOKED' }));
  });

  test('BCB-1.mds · §3.1.1 · whether there was an entry, and what the attestation was worth', () => {
    const unknown = (facts: object) => refused('model_unknown', '§3.1.1', { aaguid: AAGUID, ...facts });
    expect(told({ required: true }, 'anchored')).toEqual(unknown({ entry: false, trust: 'anchored' }));
    expect(told({ required: true }, 'none', entry())).toEqual(unknown({ entry: true, trust: 'none' }));
  });

  test('BCB-1.mds · §3.1.4 · the level that falls short: of two entries that one, wherever it stands', () => {
    const insufficient = (certification: string) =>
      refused('model_certification_insufficient', '§3.1.4', { certification, least });
    const policy = { leastCertification: least } as const;
    expect(told(policy, 'anchored', enough)).toBe('ok');
    expect(told(policy, 'anchored', enough, short)).toEqual(insufficient('FIDO_CERTIFIED_L1'));
    expect(told(policy, 'anchored', short, enough)).toEqual(insufficient('FIDO_CERTIFIED_L1'));
    expect(told(policy, 'anchored')).toEqual(insufficient('none'));
  });

  test('BCB-1.mds · a credential without attestation is not compared with how the model attests', () => {
    const surrogate = entry({ attestationTypes: ['basic_surrogate'] });
    expect(judgeStatement({ trust: 'none', algorithm: -7 }, surrogate).ok).toBe(true);
  });
});

describe('the list by model', () => {
  test('BCB-1.mds · counts its entries, and is due to the instant', () => {
    expect([indexOf().size, indexOf(entry(), entry({ aaguid: OTHER })).size]).toEqual([0, 2]);
    const midnight = new Date('2026-12-02T00:00:00Z');
    expect(indexOf().isStale(midnight, 0)).toBe(false);
    expect(indexOf().isStale(new Date(midnight.getTime() + 1), 0)).toBe(true);
    const none = new MetadataIndex({ no: 0, nextUpdate: '2026-12-01', entries: [] });
    expect(none.isStale(new Date('2099-01-01'), 0)).toBe(false);
  });

  test('BCB-1.mds · a day is one of UTC', () => {
    expect(dayOf(new Date('2026-11-22T23:59:59.999Z'))).toBe('2026-11-22');
  });

  test('BCB-1.mds · has as many faults as entries that are not in form, and models that several entries name', () => {
    const unnamed = entry({ aaguid: undefined });
    const keyed = entry({ aaguid: undefined, keyIdentifiers: ['ab'.repeat(20)] });
    expect(indexOf(entry(), entry({ aaguid: OTHER }), unnamed, unnamed, keyed).faults).toBe(0);
    expect(indexOf(entry(), entry(), keyed, keyed, keyed).faults).toBe(2);
    const blob = { no: 1, nextUpdate: '2026-12-01', entries: [entry(), entry()], unreadable: 3 };
    expect(new MetadataIndex(blob).faults).toBe(4);
  });

  test('BCB-1.mds · has no anchor for a model nobody names', () => {
    expect(indexOf(entry({ roots: ['AA=='] })).roots({ aaguid: OTHER, keyIdentifier: '' })).toEqual([]);
  });

  test('BCB-6.metadata · its fingerprint tells models apart, whatever the order of their keys', () => {
    const [one, two] = ['ab'.repeat(20), 'cd'.repeat(20)];
    const print = (changes: Partial<MetadataEntry>) => indexOf(entry(changes)).fingerprint(NOW);
    const byKey = (...keyIdentifiers: string[]) => print({ aaguid: undefined, keyIdentifiers });
    expect(byKey(one, two)).toBe(byKey(two, one));
    const prints = [print({}), print({ aaguid: OTHER }), byKey(one), byKey(two), byKey(one, two)];
    expect(new Set(prints).size).toBe(prints.length);
  });

  test('BCB-6.metadata · its fingerprint tells anchors apart, whatever their order', () => {
    const print = (...roots: string[]) => indexOf(entry({ roots })).fingerprint(NOW);
    expect(print('AA==', 'AQ==')).toBe(print('AQ==', 'AA=='));
    expect(new Set([print(), print('AA=='), print('AQ=='), print('AA==', 'AQ==')]).size).toBe(4);
  });
});
