import { describe, expect, test } from '@jest/globals';
import type { AssuranceNeeds, CredentialTraits } from '@countersign/kernel';
import { previewPolicy, type ComparedPlace, type Kind } from './policy-preview.js';

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
const preview = (places: readonly ComparedPlace[], pause = () => Promise.resolve()) =>
  previewPolicy(places, KINDS, pause);
const ATTESTED = needs({ level: 'device-bound-attested' });

describe('BCB-13.policy · a policy that is not in force yet', () => {
  test('that asks nothing new leaves nobody behind', async () => {
    const found = await preview([{ before: needs(), after: needs() }]);
    expect(found).toMatchObject({ devices: 332, affected: 0, losses: new Map() });
    expect(found.findings).toEqual([{ requirement: 'algorithm', devices: 7, already: 7 }]);
  });

  test('counts who would lose what, once per device, apart from who has lost it already', async () => {
    const { affected, findings, losses } = await preview([{ before: needs(), after: ATTESTED }]);
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

  test('a device that loses in several places is affected once, and each place is told', async () => {
    const places = [
      { before: needs(), after: needs({ synced: false }) },
      { application: 'app', action: 'pay', before: needs(), after: ATTESTED },
    ];
    const { affected, losses } = await preview(places);
    expect(affected).toBe(320);
    expect(losses.get('synced')).toEqual([
      { requirements: ['synced'] },
      { application: 'app', action: 'pay', requirements: ['device_bound', 'attestation'] },
    ]);
  });

  test('one that asks for less helps, and takes nothing', async () => {
    expect((await preview([{ before: ATTESTED, after: needs() }])).affected).toBe(0);
  });

  test('a policy of very many places gives way between them, and tells 20 for each kind', async () => {
    let turns = 0;
    const places = Array.from({ length: 50 }, (_, n) => ({ action: `a${n}`, before: needs(), after: ATTESTED }));
    const pause = () => Promise.resolve(void turns++);
    const { affected, losses } = await preview(places, pause);
    expect([turns, affected, losses.get('bound')!.length]).toEqual([50, 320, 20]);
  });
});
