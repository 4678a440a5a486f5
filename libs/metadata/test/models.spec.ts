import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judgeModel, judgeStatement, type EnrolledModel, type ModelPolicy } from '../src/model/checks.js';
import type { MetadataEntry } from '../src/model/entry.js';
import { MetadataIndex } from '../src/model/metadata-index.js';
import { CERTIFICATION_LEVELS, certificationOf, effectiveStatuses, reaches } from '../src/model/statuses.js';

const AAGUID = '11111111-2222-4333-8444-555555555555';
const ZERO = '00000000-0000-0000-0000-000000000000';
const KEY = 'ab'.repeat(20);
const NOW = new Date('2026-11-22T12:00:00Z');

const entry = (changes: Partial<MetadataEntry> = {}): MetadataEntry => ({
  aaguid: AAGUID,
  keyIdentifiers: [],
  statuses: [{ status: 'FIDO_CERTIFIED_L1' }],
  description: '',
  attestationTypes: ['basic_full'],
  algorithms: ['secp256r1_ecdsa_sha256_raw'],
  keyProtection: [],
  roots: [],
  ...changes,
});
const indexOf = (...entries: MetadataEntry[]): MetadataIndex =>
  new MetadataIndex({ no: 1, nextUpdate: '2026-12-01', entries });
const policy = (changes: Partial<ModelPolicy> = {}): ModelPolicy => ({
  required: false,
  refuse: ['REVOKED', 'USER_VERIFICATION_BYPASS'],
  aaguids: { deny: [] },
  ...changes,
});
const model = (changes: Partial<EnrolledModel> = {}): EnrolledModel => ({
  aaguid: AAGUID,
  keyIdentifier: '',
  trust: 'anchored',
  ...changes,
});
const verdict = (
  changes: Partial<ModelPolicy>,
  of: Partial<EnrolledModel> = {},
  index = indexOf(entry()),
  now = NOW,
): string => {
  const judged = judgeModel(model(of), policy(changes), index, now);
  return judged.ok ? 'ok' : judged.code;
};

describe('the status of a model', () => {
  const reported = indexOf(
    entry({
      statuses: [{ status: 'USER_VERIFICATION_BYPASS', effectiveDate: '2026-11-22' }, { status: 'UPDATE_AVAILABLE' }],
    }),
  );

  test('BCB-1.mds · a status the policy refuses condemns it, from the day it takes effect', () => {
    expect(verdict({}, {}, reported, new Date('2026-11-21T23:59:59Z'))).toBe('ok');
    expect(verdict({}, {}, reported, new Date('2026-11-22T00:00:00Z'))).toBe('model_status_refused');
  });

  test('BCB-1.mds · a later report does not lift an earlier one, whatever their order', () => {
    const statuses = [
      { status: 'REVOKED', effectiveDate: '2020-01-01' },
      { status: 'UPDATE_AVAILABLE', effectiveDate: '2024-01-01' },
      { status: 'FIDO_CERTIFIED_L2', effectiveDate: '2025-01-01' },
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(statuses, { minLength: 3 }), (order) => {
        expect(verdict({}, {}, indexOf(entry({ statuses: order })))).toBe('model_status_refused');
        expect(effectiveStatuses(entry({ statuses: order }), NOW)).toEqual([
          'FIDO_CERTIFIED_L2',
          'REVOKED',
          'UPDATE_AVAILABLE',
        ]);
      }),
    );
  });

  test('BCB-1.mds · what the policy does not refuse condemns nothing', () => {
    expect(verdict({ refuse: ['REVOKED'] }, {}, reported)).toBe('ok');
    expect(verdict({ refuse: ['UPDATE_AVAILABLE'] }, {}, reported)).toBe('model_status_refused');
  });

  test('BCB-1.mds · the certification is the best that holds, and the least asked for is reached or not', () => {
    CERTIFICATION_LEVELS.forEach((level, at) => {
      const index = indexOf(entry({ statuses: [{ status: 'FIDO_CERTIFIED' }, { status: level }] }));
      CERTIFICATION_LEVELS.forEach((least, needed) =>
        expect(verdict({ leastCertification: least }, {}, index)).toBe(
          at >= needed ? 'ok' : 'model_certification_insufficient',
        ),
      );
    });
    expect(certificationOf(['NOT_FIDO_CERTIFIED'])).toBeUndefined();
    expect(reaches(undefined, 'FIDO_CERTIFIED')).toBe(false);
    expect(verdict({ leastCertification: 'FIDO_CERTIFIED' }, {}, indexOf())).toBe('model_certification_insufficient');
  });
});

describe('a model that two entries name', () => {
  const OTHER_KEY = 'cd'.repeat(20);
  const certified = ['FIDO_CERTIFIED_L1', 'FIDO_CERTIFIED_L2'].map((status) => ({ status }));
  const least = { leastCertification: 'FIDO_CERTIFIED_L2' } as const;

  test('BCB-1.mds · has to satisfy both: what one says against it counts, what one says for it does not', () => {
    const index = indexOf(entry({ statuses: certified }), entry({ statuses: [{ status: 'REVOKED' }] }));
    expect(verdict({}, {}, index)).toBe('model_status_refused');
    expect(verdict({ refuse: [], ...least }, {}, index)).toBe('model_certification_insufficient');
    expect(verdict(least, {}, indexOf(entry({ statuses: certified })))).toBe('ok');
    expect(index.faults).toBe(1);
  });

  test('BCB-1.mds · is vouched for by roots that both name, and by no others', () => {
    const index = indexOf(entry({ roots: ['a', 'b'] }), entry({ roots: ['b', 'c'] }));
    expect(index.roots({ aaguid: AAGUID, keyIdentifier: '' })).toEqual(['b']);
    expect(indexOf(entry({ roots: ['a'] })).roots({ aaguid: AAGUID, keyIdentifier: '' })).toEqual(['a']);
  });

  test('BCB-1.mds · each model of a compound attestation is judged, known and vouched for by its own entry', () => {
    const keyed = (key: string, changes = {}) => entry({ aaguid: undefined, keyIdentifiers: [key], ...changes });
    const both = { aaguid: ZERO, keyIdentifier: `${KEY} ${OTHER_KEY}` };
    const broken = keyed(OTHER_KEY, { statuses: [{ status: 'REVOKED' }], roots: ['b'] });
    expect(verdict({}, both, indexOf(keyed(KEY), broken))).toBe('model_status_refused');
    expect(verdict({}, { ...both, keyIdentifier: `claimed ${OTHER_KEY}` }, indexOf(broken))).toBe(
      'model_status_refused',
    );
    expect(verdict({ required: true }, both, indexOf(keyed(KEY)))).toBe('model_unknown');
    expect(verdict({ required: true }, both, indexOf(keyed(KEY), keyed(OTHER_KEY)))).toBe('ok');
    expect(indexOf(keyed(KEY, { roots: ['a'] }), broken).roots(both)).toEqual(['a', 'b']);
  });
});

describe('which model it is', () => {
  test('BCB-1.mds · one without an AAGUID is known by the key of its attestation certificate', () => {
    const index = indexOf(entry({ aaguid: undefined, keyIdentifiers: [KEY], statuses: [{ status: 'REVOKED' }] }));
    expect(verdict({}, { aaguid: ZERO, keyIdentifier: KEY }, index)).toBe('model_status_refused');
    expect(verdict({}, { aaguid: ZERO, keyIdentifier: 'cd'.repeat(20) }, index)).toBe('ok');
    expect(verdict({}, { aaguid: ZERO }, index)).toBe('ok');
  });

  test('BCB-1.mds · where an entry is required, a model needs one and its maker’s word: anybody can sign for themselves', () => {
    expect(verdict({ required: true })).toBe('ok');
    expect(verdict({ required: true }, { trust: 'self' })).toBe('model_unknown');
    expect(verdict({ required: true }, { trust: 'none' })).toBe('model_unknown');
    expect(verdict({ required: true }, { aaguid: ZERO })).toBe('model_unknown');
    expect(verdict({ required: true }, {}, MetadataIndex.empty)).toBe('model_unknown');
  });

  test('BCB-1.aaguid · denied models are refused, and with a list of allowed ones all others', () => {
    expect(verdict({ aaguids: { deny: [AAGUID] } })).toBe('model_not_allowed');
    expect(verdict({ aaguids: { allow: [AAGUID], deny: [] } })).toBe('ok');
    expect(verdict({ aaguids: { allow: [], deny: [] } })).toBe('model_not_allowed');
    expect(verdict({ aaguids: { allow: [AAGUID], deny: [AAGUID] } })).toBe('model_not_allowed');
    expect(verdict({ aaguids: { allow: [AAGUID], deny: [] } }, { aaguid: ZERO }, MetadataIndex.empty)).toBe(
      'model_not_allowed',
    );
  });

  test('BCB-1.aaguid · a verdict names the clause and the value it was made by', () => {
    expect(judgeModel(model(), policy({ aaguids: { deny: [AAGUID] } }), indexOf(), NOW)).toEqual({
      ok: false,
      code: 'model_not_allowed',
      clause: 'policy metadata.aaguids',
      facts: { aaguid: AAGUID },
    });
  });
});

describe('the statement of a model', () => {
  const judge = (
    trust: 'none' | 'self' | 'anchored',
    algorithm: number,
    changes: Partial<MetadataEntry> = {},
  ): string => {
    const judged = judgeStatement({ trust, algorithm }, entry(changes));
    return judged.ok ? 'ok' : String(judged.facts['member']);
  };

  test('BCB-1.mds · a model that shows certificates does not vouch for itself, and the other way round', () => {
    expect(judge('anchored', -7)).toBe('ok');
    expect(judge('self', -7)).toBe('attestationTypes');
    expect(judge('self', -7, { attestationTypes: ['basic_surrogate'] })).toBe('ok');
    expect(judge('anchored', -7, { attestationTypes: ['basic_surrogate'] })).toBe('attestationTypes');
    for (const type of ['attca', 'anonca']) expect(judge('anchored', -7, { attestationTypes: [type] })).toBe('ok');
    expect(judge('none', -7)).toBe('ok');
  });

  test('BCB-1.mds · the key’s algorithm is one the model makes', () => {
    expect(judge('anchored', -257)).toBe('authenticationAlgorithms');
    expect(judge('anchored', -8, { algorithms: ['future', 'ed25519_eddsa_sha512_raw'] })).toBe('ok');
    expect(judge('anchored', -7, { algorithms: ['future'] })).toBe('authenticationAlgorithms');
  });

  test('BCB-1.mds · what the entry does not say is not compared', () => {
    expect(judge('self', -257, { attestationTypes: [], algorithms: [] })).toBe('ok');
    expect(judgeStatement({ trust: 'self', algorithm: -257 }, undefined).ok).toBe(true);
  });
});

describe('the age of the list', () => {
  test('BCB-1.mds · it is stale so many days after the promised issue, and never before there was one', () => {
    const index = indexOf();
    const at = (day: string, days: number): boolean => index.isStale(new Date(day), days);
    expect(at('2026-12-01T23:59:59Z', 0)).toBe(false);
    expect(at('2026-12-02T00:00:01Z', 0)).toBe(true);
    expect(at('2026-12-31T23:59:59Z', 30)).toBe(false);
    expect(at('2027-01-01T00:00:01Z', 30)).toBe(true);
    expect(MetadataIndex.empty.isStale(new Date('2099-01-01'), 0)).toBe(false);
  });
});

describe('BCB-6.metadata · the fingerprint of what devices are judged by', () => {
  const other = entry({ aaguid: ZERO.replace('0', '1') });

  test('is the same for the same statuses and anchors, whatever else the next issue says', () => {
    const before = indexOf(entry(), other);
    const after = new MetadataIndex({
      no: 9,
      nextUpdate: '2027-01-01',
      entries: [other, entry({ description: 'new' })],
    });
    expect(after.fingerprint(NOW)).toBe(before.fingerprint(NOW));
  });

  test('changes with the anchors of a model: what rested on one that is gone is judged again', () => {
    expect(indexOf(entry({ roots: ['AA=='] })).fingerprint(NOW)).not.toBe(indexOf(entry()).fingerprint(NOW));
  });

  test('changes with a status, and on the day one takes effect', () => {
    const statuses = [{ status: 'FIDO_CERTIFIED_L1' }, { status: 'REVOKED', effectiveDate: '2026-11-23' }];
    const index = indexOf(entry({ statuses }));
    expect(index.fingerprint(NOW)).toBe(indexOf(entry()).fingerprint(NOW));
    expect(index.fingerprint(new Date('2026-11-23T00:00:00Z'))).not.toBe(index.fingerprint(NOW));
  });
});
