import {
  authorization,
  SoftAuthenticator,
  TestAttestationCa,
  type AlterAssertion,
  type AlterRegistration,
  type AttestationKind,
  type LeafProfile,
  type SoftAuthenticatorOptions,
} from '@countersign/testing';
import type { AuthenticationInput, RegistrationInput } from '../../src/index.js';
import { assertion, CREATION, enroll, EXPECTED, ORIGIN } from '../fixtures.js';
import { alterAuthenticatorData } from './authenticator-data.js';
import { alterClientData } from './client-data.js';
import type { Dice } from './dice.js';
import { alterEnvelope } from './envelope.js';
import { alterKey } from './keys.js';
import { alterObject, alterStatement } from './statements.js';
import { respellSignature } from './signatures.js';

export type Registering = { kind: 'registration'; original: string; changed: string[]; input: RegistrationInput };
export type Authenticating = {
  kind: 'authentication';
  original: string;
  changed: string[];
  input: AuthenticationInput;
};
/** One ceremony, what it was made from, and what was changed about it. */
export type MutatedCeremony = Registering | Authenticating;

/** The authority behind every certificate, which both sides trust, and one that nobody does. */
export const root = new TestAttestationCa();
const stranger = new TestAttestationCa('Stranger');
const certificates = { root: root.certificate, stranger: stranger.certificate };

const KINDS: AttestationKind[] = [
  'none',
  'packed-self',
  'packed',
  'tpm',
  'android-key',
  'apple',
  'fido-u2f',
  'compound',
];
/** Only what the other side's schema can read: it refuses module hashes and every tag that is newer than itself. */
const READABLE = { softwareEnforced: [], teeEnforced: [authorization.purposes(2), authorization.origin(0)] };
/** The other side takes the last certificate of android-key for its root and needs it there. */
const withRoot: AlterRegistration = {
  attestationStatement: (statement) => {
    const chain = statement.get('x5c');
    return Array.isArray(chain) ? new Map([...statement, ['x5c', [...chain, root.certificate]]]) : statement;
  },
};

const LEAVES: LeafProfile[] = [
  { version: 1 },
  { ca: true },
  { subject: {} },
  { subject: { C: 'CH', O: 'A', OU: 'Authenticator Attestation' } },
  { subject: { C: 'CHE', O: 'A', OU: 'Authenticator Attestation', CN: 'B' } },
  { subject: { C: 'ch', O: 'A', OU: 'Authenticator Attestation', CN: 'B' } },
  { subject: { C: 'CH', O: 'A', OU: 'Authenticator', CN: 'B' } },
  { aaguid: new Uint8Array(16).fill(7) },
  { aaguidCritical: true, aaguid: new Uint8Array(16) },
  { notAfter: new Date('2021-01-01T00:00:00Z') },
  { notBefore: new Date('2100-01-01T00:00:00Z') },
  { keyUsage: 0x80 },
  { keyUsage: 0x04 },
  { hash: 'sha1' },
  { extensions: [{ id: '1.2.3.4', critical: true, value: new Uint8Array([5, 0]) }] },
  { extensions: [{ id: '1.2.3.4', value: new Uint8Array([5, 0]) }] },
  { extensions: [{ id: '2.5.29.30', value: new Uint8Array([0x30, 0]) }] },
];

/** What is odd about the authenticator's maker, or its TPM or Android. */
function oddMaker(dice: Dice): SoftAuthenticatorOptions {
  const leaf = dice.pick(LEAVES);
  const { purposes, origin, other, allApplications } = authorization;
  return dice.pick<() => SoftAuthenticatorOptions>([
    () => ({ ca: { certificate: root.certificate, issue: (profile = {}) => root.issue({ ...profile, ...leaf }) } }),
    () => ({ ca: { certificate: root.certificate, issue: (profile = {}) => root.issue({ ...profile, ...leaf }) } }),
    () => ({ ca: stranger }),
    () => ({
      tpm: {
        pubArea: dice.pick([
          { nameAlg: 4 },
          { nameAlg: 0x0c },
          { attributes: 0 },
          { scheme: 0x18 },
          { symmetric: 6 },
          { kdf: 1 },
          { curve: 4 },
          { type: 1 },
          { after: new Uint8Array(2) },
          { stripped: true },
          { unique: [new Uint8Array(32), new Uint8Array(32)] },
        ]),
      },
    }),
    () => ({
      tpm: {
        certInfo: dice.pick([
          { magic: 1 },
          { type: 0x8018 },
          { extraData: new Uint8Array(32) },
          { name: new Uint8Array(34) },
          { after: new Uint8Array(2) },
        ]),
      },
    }),
    () => ({ tpm: { algorithm: dice.pick([-257, -65535] as const) } }),
    () => ({
      androidKey: {
        ...READABLE,
        ...dice.pick<NonNullable<SoftAuthenticatorOptions['androidKey']>>([
          { attestationLevel: 0 },
          { attestationLevel: 2 },
          { keyMintLevel: 0 },
          { version: 5 },
          { challenge: new Uint8Array(32) },
          { teeEnforced: [] },
          { teeEnforced: [purposes(3), origin(0)] },
          { teeEnforced: [purposes(2), origin(2)] },
          { teeEnforced: [purposes(2), allApplications(), origin(0)] },
          { softwareEnforced: [allApplications()] },
          { softwareEnforced: [purposes(2), origin(0)], teeEnforced: [] },
          { further: [new Uint8Array([5, 0])] },
          { description: new Uint8Array([0x30, 0]) },
          { teeEnforced: [purposes(2), origin(0), other(724)] },
        ]),
      },
    }),
  ])();
}

type Alter = AlterRegistration & AlterAssertion;

/** Both changes, the second to what the first left. */
const both = (first: object, second: object): Alter => {
  const together = new Map<string, unknown>(Object.entries(first));
  for (const [name, change] of Object.entries(second)) {
    const before = together.get(name);
    together.set(
      name,
      typeof before === 'function' && typeof change === 'function'
        ? (value: unknown): unknown => (change as (v: unknown) => unknown)((before as (v: unknown) => unknown)(value))
        : change,
    );
  }
  return Object.fromEntries(together);
};

type Named = [name: string, alter: (dice: Dice) => object];
const COMMON: Named[] = [
  ['client data', alterClientData],
  ['authenticator data', alterAuthenticatorData],
  ['envelope', alterEnvelope],
];
const OF_REGISTRATIONS: Named[] = [
  ...COMMON,
  ['key', alterKey],
  ['statement', (dice) => alterStatement(dice, certificates)],
  ['statement', (dice) => alterStatement(dice, certificates)],
  ['attestation object', alterObject],
];
const OF_ASSERTIONS: Named[] = [...COMMON, ['signature', (dice) => ({ signature: respellSignature(dice) })]];

/** Nothing in one case of twenty, else one change, now and then two. */
function changes(dice: Dice, named: readonly Named[]): { changed: string[]; alter: Alter } {
  const count = dice.chance(0.05) ? 0 : dice.chance(0.85) ? 1 : 2;
  const chosen = [...new Set(Array.from({ length: count }, () => dice.pick(named)))];
  const alter = chosen.reduce<Alter>((sum, [, make]) => both(sum, make(dice)), {});
  return { changed: chosen.map(([name]) => name), alter };
}

/** What the relying party expects: usually the ordinary, now and then something else. */
function expectations(dice: Dice) {
  return {
    ...EXPECTED,
    userVerification: dice.chance(0.3) ? ('preferred' as const) : ('required' as const),
    ...(dice.chance(0.1) ? { topOrigins: ['https://shop.example'] } : {}),
    ...(dice.chance(0.03) ? { algorithms: [dice.pick([-8, -257, -35])] } : {}),
    ...(dice.chance(0.02) ? { rpId: 'other.example' } : {}),
    ...(dice.chance(0.05) ? { algorithms: [-7, -8, -257, -35, -36] } : {}),
    ...(dice.chance(0.02) ? { origins: [ORIGIN, 'https://second.example'] } : {}),
  };
}

/** One registration. RSA keys take a tenth of a second each, so they are rare here. */
export function mutatedRegistration(dice: Dice, now: Date): Registering {
  const attestation = dice.pick(KINDS);
  const certified = !['none', 'packed-self'].includes(attestation);
  const algorithm = attestation.startsWith('packed') || attestation === 'none' ? dice.pick([-7, -7, -8] as const) : -7;
  const maker = certified && dice.chance(0.2) ? oddMaker(dice) : {};
  const { changed, alter } = changes(dice, OF_REGISTRATIONS);
  const complete = attestation === 'android-key' && dice.chance(0.8) ? both(withRoot, alter) : alter;
  const backupEligible = dice.chance(0.3);
  const authenticator = new SoftAuthenticator({
    attestation,
    algorithm: dice.chance(0.003) ? -257 : algorithm,
    ca: root,
    backupEligible,
    backupState: backupEligible && dice.chance(0.5),
    androidKey: READABLE,
    ...maker,
  });
  const input: RegistrationInput = {
    ...expectations(dice),
    response: authenticator.register(CREATION, { origin: ORIGIN, alter: complete }),
    attestation: { accept: ['none', 'self', 'anchored'], anchors: [root.certificate], untrusted: 'refuse' },
    now,
  };
  return { kind: 'registration', original: attestation, changed: [...Object.keys(maker), ...changed], input };
}

const enrolled = ([-7, -8, -257] as const).map((algorithm) => enroll({ algorithm }));

/** One assertion by a key of each kind. */
export function mutatedAssertion(dice: Dice): Authenticating {
  const by = dice.pick(enrolled);
  const { changed, alter } = changes(dice, OF_ASSERTIONS);
  const base = assertion(by, alter);
  const input: AuthenticationInput = {
    ...base,
    ...expectations(dice),
    ...(dice.chance(0.2) ? { allowCredentials: [] } : {}),
    credential: {
      ...base.credential,
      counter: dice.chance(0.8) ? 0 : dice.below(8),
      ...(dice.chance(0.05) ? { backupEligible: true } : {}),
    },
  };
  return { kind: 'authentication', original: String(by.credential.algorithm), changed, input };
}
