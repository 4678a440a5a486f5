import { describe, expect, test } from '@jest/globals';
import {
  ACR_ORDER,
  REQUIREMENTS,
  acrOf,
  acrReaches,
  actionNeeds,
  amrOf,
  leastAcr,
  unmetRequirements,
  type AssuranceNeeds,
  type CredentialTraits,
} from './assurance.js';

const YUBIKEY = 'ee882879-721c-4913-9775-3dfcce97072a';

const NOTHING: AssuranceNeeds = {
  level: 'any',
  synced: true,
  userVerification: 'preferred',
  transports: 'any',
  algorithms: [-7],
  keyProtection: 'any',
  aaguids: 'any',
};

/** An attested security key whose attestation tells where the key lies. */
const KEY: CredentialTraits = {
  backupEligible: false,
  backupState: false,
  userVerified: true,
  attestationTrust: 'anchored',
  transports: ['usb', 'nfc'],
  algorithm: -7,
  aaguid: YUBIKEY,
  keyProtection: ['hardware', 'secure_element'],
};
const SYNCED: CredentialTraits = {
  ...KEY,
  backupEligible: true,
  backupState: true,
  attestationTrust: 'none',
  transports: ['hybrid', 'internal'],
  keyProtection: [],
};

const lacks = (needs: Partial<AssuranceNeeds>, has: Partial<CredentialTraits> = {}) =>
  unmetRequirements({ ...NOTHING, ...needs }, { ...KEY, ...has });

describe('BCB-1.device · what policy asks of a credential', () => {
  test('nothing asked: every credential of an accepted algorithm will do', () => {
    expect(unmetRequirements(NOTHING, SYNCED)).toEqual([]);
  });

  test.each<[string, Partial<AssuranceNeeds>, Partial<CredentialTraits>, string[]]>([
    ['a claim of being bound', { level: 'device-bound-claimed' }, { attestationTrust: 'none' }, []],
    ['no such claim', { level: 'device-bound-claimed' }, { backupEligible: true }, ['device_bound']],
    ['a maker who vouches', { level: 'device-bound-attested' }, {}, []],
    ['only its own word', { level: 'device-bound-attested' }, { attestationTrust: 'self' }, ['attestation']],
    ['a bound key without any word', { level: 'device-bound-attested' }, { attestationTrust: 'none' }, ['attestation']],
    ['an attested key that may sync', { level: 'device-bound-attested' }, { backupEligible: true }, ['device_bound']],
    [
      'an attestation that speaks of software',
      { level: 'device-bound-attested' },
      { keyProtection: ['software'] },
      ['key_protection'],
    ],
    [
      'a key that only its authenticator can unwrap, outside hardware',
      { level: 'device-bound-attested' },
      { keyProtection: ['software', 'remote_handle'] },
      ['key_protection'],
    ],
    ['an attestation silent about protection', { level: 'device-bound-attested' }, { keyProtection: [] }, []],
    ['a listed model', { aaguids: [YUBIKEY] }, {}, []],
    ['another model', { aaguids: ['00000000-0000-0000-0000-000000000000'] }, {}, ['model']],
    ['a copied key', { synced: false }, { backupEligible: true, backupState: true }, ['synced']],
    ['a key that could be copied and was not', { synced: false }, { backupEligible: true }, []],
    ['nobody verified', { userVerification: 'required' }, { userVerified: false }, ['user_verification']],
    ['one of several transports', { transports: ['internal', 'nfc'] }, {}, []],
    ['no accepted transport', { transports: ['internal'] }, {}, ['transports']],
    ['no named transport', { transports: ['internal'] }, { transports: [] }, ['transports']],
    ['another algorithm', { algorithms: [-257] }, {}, ['algorithm']],
    ['protection as asked', { keyProtection: ['tee', 'secure_element'] }, {}, []],
    ['other protection', { keyProtection: ['tee'] }, {}, ['key_protection']],
    ['unknown protection', { keyProtection: ['hardware'] }, { keyProtection: [] }, ['key_protection']],
    [
      'protection nobody vouches for',
      { keyProtection: ['hardware'] },
      { attestationTrust: 'self' },
      ['key_protection'],
    ],
  ])('%s', (_, needs, has, unmet) => {
    expect(lacks(needs, has)).toEqual(unmet);
  });

  test('everything that is missing is told, in one order', () => {
    const needs = {
      level: 'device-bound-attested',
      synced: false,
      userVerification: 'required',
      transports: ['usb'],
      algorithms: [-8],
      keyProtection: ['tee'],
      aaguids: ['none'],
    } as const;
    expect(unmetRequirements(needs, { ...SYNCED, userVerified: false })).toEqual(REQUIREMENTS);
  });
});

describe('BCB-3.policy · what a proof is worth', () => {
  test.each<[string, Partial<CredentialTraits>, string, string[]]>([
    ['attested hardware', {}, 'phrh', ['hwk', 'user', 'mfa', 'pop']],
    ['attested, without a word on protection', { keyProtection: [] }, 'phrh', ['hwk', 'user', 'mfa', 'pop']],
    [
      'attested hardware among others',
      { keyProtection: ['tee', 'remote_handle'] },
      'phrh',
      ['hwk', 'user', 'mfa', 'pop'],
    ],
    ['attested software', { keyProtection: ['software'] }, 'phr', ['swk', 'user', 'mfa', 'pop']],
    ['a bound key, unattested', { attestationTrust: 'none' }, 'phr', ['hwk', 'user', 'mfa', 'pop']],
    ['self attestation', { attestationTrust: 'self' }, 'phr', ['hwk', 'user', 'mfa', 'pop']],
    ['attested and able to sync', { backupEligible: true }, 'phr', ['swk', 'user', 'mfa', 'pop']],
    ['attested hardware, nobody verified', { userVerified: false }, 'phr1', ['hwk', 'user', 'pop']],
  ])('%s', (_, has, acr, amr) => {
    expect(acrOf({ ...KEY, ...has }, { aaguids: 'any' })).toBe(acr);
    expect(amrOf({ ...KEY, ...has })).toEqual(amr);
  });

  test('a model that is not accepted is not trusted hardware', () => {
    expect(acrOf(KEY, { aaguids: [YUBIKEY] })).toBe('phrh');
    expect(acrOf(KEY, { aaguids: [] })).toBe('phr');
  });

  test('each level reaches itself and what is below, and an unknown one nothing', () => {
    const reached = ACR_ORDER.map((acr) => ACR_ORDER.filter((needed) => acrReaches(acr, needed)));
    expect(reached).toEqual([['phr1'], ['phr1', 'phr'], ['phr1', 'phr', 'phrh']]);
    expect(ACR_ORDER.some((needed) => acrReaches('password', needed))).toBe(false);
  });
});

describe('BCB-3.policy · what an action asks', () => {
  const signIn = { ...NOTHING, synced: false };

  test('what its application asks, and always the person', () => {
    expect(actionNeeds(signIn, { acr: 'phr' })).toEqual({ ...signIn, userVerification: 'required' });
  });

  test('what it names itself replaces that; the person stays asked for', () => {
    const assurance = { synced: true, level: 'device-bound-claimed', userVerification: 'preferred' } as const;
    expect(actionNeeds(signIn, { acr: 'phr', assurance })).toEqual({
      ...signIn,
      ...assurance,
      userVerification: 'required',
    });
  });

  test('phrh is attested hardware, whatever else it names', () => {
    const assurance = { level: 'any' } as const;
    expect(actionNeeds(signIn, { acr: 'phrh', assurance }).level).toBe('device-bound-attested');
  });

  test('the least acr that satisfies what is asked', () => {
    const least = (['any', 'device-bound-claimed', 'device-bound-attested'] as const).map((level) =>
      leastAcr({ level }),
    );
    expect(least).toEqual(['phr', 'phr', 'phrh']);
  });
});
