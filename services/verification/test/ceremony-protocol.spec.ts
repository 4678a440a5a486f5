import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { CODES } from '@countersign/kernel';
import { FLAGS, SoftAuthenticator, type AlterAssertion } from '@countersign/testing';
import { authenticationChecks, creationOptions, verifyRegistration } from '@countersign/webauthn';
import { signInChecks, stepUpChecks, type CheckLists } from '../src/domain/checks/index.js';
import type { Credential, Expectation } from '../src/ports.js';
import { WebAuthnProofs } from '../src/webauthn/proofs.js';
import { credential as plain } from '../src/domain/fake-world.js';

const HERE = dirname(fileURLToPath(import.meta.url));
const PROTOCOL = readFileSync(join(HERE, '../../../docs/protocols/ceremony.md'), 'utf8');
const ORIGIN = 'https://bank.example';
const CHALLENGE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';

/** Clause and code of each row of the table under a heading. */
function written(heading: string): [string, string][] {
  const section = PROTOCOL.split(`### ${heading}\n`)[1]!.split('\n#')[0]!;
  return [...section.matchAll(/^\| (.+?) +\| `(\w+)` +\|$/gm)].map(([, clause, code]) => [clause!, code!]);
}

const proofs = new WebAuthnProofs();

/** One enrolled passkey and what a server expects of it. */
function enrolled(): { authenticator: SoftAuthenticator; expected: Expectation; credential: Credential } {
  const authenticator = new SoftAuthenticator();
  const user = { id: 'dXNlci0x', name: 'x', displayName: 'x' };
  const options = creationOptions({ rp: { id: 'bank.example', name: 'Bank' }, user, challenge: CHALLENGE });
  const base = {
    challenge: CHALLENGE,
    origins: [ORIGIN],
    rpId: 'bank.example',
    userVerification: 'required' as const,
    algorithms: [-7],
  };
  const result = verifyRegistration({
    ...base,
    topOrigins: [],
    response: authenticator.register(options, { origin: ORIGIN }),
    attestation: { accept: ['none'], anchors: [] },
    now: new Date(),
  });
  if (!result.ok) throw new Error(result.code);
  const { id, publicKey } = result.credential;
  const credential = { ...plain(id), publicKey };
  return { authenticator, credential, expected: { ...base, allowCredentials: [id], credential, userHandle: user.id } };
}

const { authenticator, expected, credential } = enrolled();

/** Clause and code of the verdict on a response spoilt at one place, or judged by other expectations. */
function verdict(alter: AlterAssertion, changes: Partial<Expectation>): [string, string] {
  const options = {
    rpId: 'bank.example',
    challenge: CHALLENGE,
    allowCredentials: [{ id: credential.credentialId, type: 'public-key' as const }],
  };
  const response = authenticator.authenticate(options, { origin: ORIGIN, alter });
  const judged = proofs.judge(proofs.read(JSON.stringify(response)), { ...expected, ...changes });
  return judged.ok ? ['', 'passed'] : [judged.clause, judged.code];
}

const said = (member: string, value: unknown): AlterAssertion => ({
  clientData: (data) => ({ ...data, [member]: value }),
});
const flagged = (change: (flags: number) => number): AlterAssertion => ({ flags: change });
const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, 1, 7]), Buffer.from('a0', 'hex')]);

/** One way to break each rule of the standard's list, in its order. */
const BROKEN: [AlterAssertion, Partial<Expectation>][] = [
  [{}, { allowCredentials: ['b3RoZXI'] }],
  [{}, { credential: { ...credential, credentialId: 'b3RoZXI' } }],
  [{}, { userHandle: 'c29tZWJvZHk' }],
  [said('type', 'payment.get'), {}],
  [{}, { challenge: 'AAAA' }],
  [{}, { origins: ['https://other.example'] }],
  [said('crossOrigin', true), {}],
  [said('topOrigin', 'https://shop.example'), {}],
  [{}, { rpId: 'example' }],
  [flagged((flags) => flags & ~FLAGS.UP), {}],
  [flagged((flags) => flags & ~FLAGS.UV), {}],
  [flagged((flags) => flags | FLAGS.BS), {}],
  [flagged((flags) => flags | FLAGS.BE), {}],
  [
    { ...flagged((flags) => flags | FLAGS.AT), authData: (bytes) => new Uint8Array(Buffer.concat([bytes, attested])) },
    {},
  ],
  [{}, { algorithms: [-257] }],
  [{ signature: (bytes) => bytes.map((byte, i) => (i === 20 ? byte ^ 1 : byte)) }, {}],
];

const STANDARD = BROKEN.map(([alter, changes]) => verdict(alter, changes));

describe('docs/protocols/ceremony.md', () => {
  test('BCB-2.named · the standard’s list is broken rule by rule, in its order', () => {
    expect(verdict({}, {})).toEqual(['', 'passed']);
    const clauses = STANDARD.map(([clause]) => clause);
    // A credential in an assertion is refused by the reader already where it cannot be read at all.
    expect(clauses.map((clause) => clause.replace(/^WebAuthn L3 §6.1$/, 'WebAuthn L3 §6.1 AT'))).toEqual(
      authenticationChecks.map(({ clause }) => clause),
    );
  });

  test.each<[string, CheckLists<never>]>([
    ['Checks of a sign-in', signInChecks],
    ['Checks of a step-up', stepUpChecks],
  ])('%s: the table is the list', (heading, { before, after }) => {
    const own = (rules: CheckLists<never>['before']) =>
      rules.map(({ clause, code }): [string, string] => [clause, code]);
    const standard = authenticationChecks.map(({ clause }, i): [string, string] => [clause, STANDARD[i]![1]]);
    expect(written(heading)).toEqual([...own(before), ...standard, ...own(after)]);
  });

  test('every code that only the record has is explained', () => {
    const recorded = Object.entries(CODES).filter(([, { remedy }]) =>
      remedy.startsWith('Read the event of this request'),
    );
    expect(recorded.length).toBeGreaterThan(0);
    for (const [code] of recorded) expect(PROTOCOL).toContain(`\`${code}\``);
  });
});
