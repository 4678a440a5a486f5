import { describe, expect, test } from '@jest/globals';
import type { AssuranceNeeds, CredentialTraits } from '@countersign/kernel';
import { previewPolicy, type Kind } from './policy-preview.js';

const needs = (changes: Partial<AssuranceNeeds> = {}): AssuranceNeeds => ({
  level: 'any',
  synced: true,
  userVerification: 'required',
  transports: 'any',
  algorithms: [-7],
  keyProtection: 'any',
  aaguids: 'any',
  ...changes,
});

const kind = (key: string, devices: number, changes: Partial<CredentialTraits> = {}): Kind => ({
  key,
  devices,
  traits: {
    backupEligible: false,
    backupState: false,
    userVerified: true,
    attestationTrust: 'anchored',
    transports: ['usb'],
    algorithm: -7,
    aaguid: '',
    keyProtection: [],
    ...changes,
  },
});

const KINDS = [
  kind('attested', 5),
  kind('bound', 20, { attestationTrust: 'none' }),
  kind('synced', 300, { attestationTrust: 'none', backupEligible: true, backupState: true }),
  kind('other algorithm', 7, { algorithm: -257 }),
];
const ATTESTED = needs({ level: 'device-bound-attested' });

describe('BCB-13.policy · a policy that is not in force yet', () => {
  test('that asks nothing new leaves nobody behind', () => {
    const preview = previewPolicy([{ before: needs(), after: needs() }], KINDS);
    expect(preview).toMatchObject({ devices: 332, affected: 0, losses: new Map() });
    expect(preview.findings).toEqual([{ requirement: 'algorithm', devices: 7, already: 7 }]);
  });

  test('counts who would lose what, once per device, apart from who has lost it already', () => {
    const { affected, findings, losses } = previewPolicy([{ before: needs(), after: ATTESTED }], KINDS);
    expect(affected).toBe(320);
    expect(findings).toEqual([
      { requirement: 'attestation', devices: 320, already: 0 },
      { requirement: 'device_bound', devices: 300, already: 0 },
      { requirement: 'algorithm', devices: 7, already: 7 },
    ]);
    expect(losses.get('bound')).toEqual([{ requirements: ['attestation'] }]);
    expect(losses.get('synced')).toEqual([{ requirements: ['device_bound', 'attestation'] }]);
    expect([...losses.keys()]).toEqual(['bound', 'synced']);
  });

  test('a device that loses in several places is affected once, and each place is told', () => {
    const places = [
      { before: needs(), after: needs({ synced: false }) },
      { application: 'app', action: 'pay', before: needs(), after: ATTESTED },
    ];
    const { affected, losses } = previewPolicy(places, KINDS);
    expect(affected).toBe(320);
    expect(losses.get('synced')).toEqual([
      { requirements: ['synced'] },
      { application: 'app', action: 'pay', requirements: ['device_bound', 'attestation'] },
    ]);
  });

  test('one that asks for less helps, and takes nothing', () => {
    expect(previewPolicy([{ before: ATTESTED, after: needs() }], KINDS).affected).toBe(0);
  });
});
