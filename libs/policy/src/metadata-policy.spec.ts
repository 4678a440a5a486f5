import { describe, expect, test } from '@jest/globals';
import { parsePolicy, policySchema } from './index.js';

const AAGUID = '11111111-2222-4333-8444-ABCDEF555555';
const pathsOf = (metadata: unknown): string[] =>
  (policySchema.safeParse({ metadata }).error?.issues ?? []).map(({ path }) => path.join('.'));

describe('what a policy says of models', () => {
  test('BCB-1.mds · unless told, compromised and revoked models are refused and their devices suspended', () => {
    expect(parsePolicy({}).metadata).toEqual({
      required: false,
      refuse: [
        'REVOKED',
        'USER_VERIFICATION_BYPASS',
        'ATTESTATION_KEY_COMPROMISE',
        'USER_KEY_REMOTE_COMPROMISE',
        'USER_KEY_PHYSICAL_COMPROMISE',
      ],
      staleAfterDays: 30,
      onChange: 'suspend',
      aaguids: { deny: [] },
    });
  });

  test('BCB-1.aaguid · models are written in one letter case, so that a list means what it says', () => {
    const { aaguids } = parsePolicy({ metadata: { aaguids: { deny: [AAGUID] } } }).metadata;
    expect(aaguids.deny).toEqual([AAGUID.toLowerCase()]);
  });

  test.each<[string, object, string]>([
    ['an AAGUID that is none', { aaguids: { deny: ['x'] } }, 'metadata.aaguids.deny.0'],
    ['a model twice', { aaguids: { allow: [AAGUID, AAGUID.toLowerCase()] } }, 'metadata.aaguids.allow'],
    ['a status that is none', { refuse: ['revoked'] }, 'metadata.refuse.0'],
    ['a status twice', { refuse: ['REVOKED', 'REVOKED'] }, 'metadata.refuse'],
    ['a level that does not exist', { leastCertification: 'FIDO_CERTIFIED_L9' }, 'metadata.leastCertification'],
    ['another reaction', { onChange: 'ignore' }, 'metadata.onChange'],
    ['days below zero', { staleAfterDays: -1 }, 'metadata.staleAfterDays'],
    ['an unknown member', { refused: [] }, 'metadata'],
  ])('BCB-1.mds · %s is refused', (_, metadata, path) => {
    expect(pathsOf(metadata)).toEqual([path]);
  });
});
