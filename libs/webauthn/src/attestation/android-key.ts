import { equalBytes } from '@countersign/kernel';
import { isSignedBy } from '../crypto/signature.js';
import type { KeyProtection } from '../types.js';
import { describesOneKey, KEY_DESCRIPTION, validityOf } from './android-key-chain.js';
import {
  ANDROID_KEY_CLAUSE,
  parseKeyDescription,
  type AuthorizationList,
  type KeyDescription,
} from './android-key-description.js';
import { hasRevokedAnchor, isRevoked } from './android-key-revocation.js';
import { firstBroken, rule } from './rules.js';
import { broken, type StatementInput, type StatementVerifier } from './statement.js';
import { anchorsFor } from './trust.js';
import { readChain, type Chain } from './x5c.js';

/** Google's rules beyond the standard: github.com/android/keyattestation, and the documentation of attestation. */
const GOOGLE = 'Android Key Attestation';
const MEMBERS = 3;
const VERSIONS = [1, 2, 3, 4, 100, 200, 300, 400];
const [SOFTWARE, GENERATED, SIGN, VERIFY] = [0, 0, 2, 3];
const PROTECTION: readonly (readonly KeyProtection[])[] = [
  ['software'],
  ['hardware', 'tee'],
  ['hardware', 'secure_element'],
];

interface Statement {
  alg: number;
  sig: Uint8Array;
}

/** A statement that was read, and what it is judged against. */
interface AndroidKeyProof extends Statement {
  input: StatementInput;
  chain: Chain;
  description: KeyDescription;
}

function readStatement({ attStmt }: StatementInput): Statement | undefined {
  const [alg, sig] = [attStmt.get('alg'), attStmt.get('sig')];
  if (attStmt.size !== MEMBERS || !attStmt.has('x5c')) return undefined;
  return typeof alg === 'number' && sig instanceof Uint8Array ? { alg, sig } : undefined;
}

const isStrict = ({ input }: AndroidKeyProof): boolean => input.policy.strict !== false;

/** What hardware enforces; by the standard's letter, also what software does. */
const believed = (proof: AndroidKeyProof): AuthorizationList[] => {
  const { teeEnforced, softwareEnforced } = proof.description;
  return isStrict(proof) ? [teeEnforced] : [teeEnforced, softwareEnforced];
};

/** Said at least once, and nowhere otherwise. */
function isGenerated(proof: AndroidKeyProof): boolean {
  const origins = believed(proof).flatMap(({ origin }) => (origin === undefined ? [] : [origin]));
  return origins.length > 0 && origins.every((origin) => origin === GENERATED);
}

/** Signing; verifying is what anybody can do with the public half. */
function isForSigning(proof: AndroidKeyProof): boolean {
  const purposes = believed(proof).flatMap((list) => list.purposes);
  return purposes.includes(SIGN) && purposes.every((purpose) => purpose === SIGN || purpose === VERIFY);
}

/** A level that exists, and with strict rules one of hardware. */
function isKnownLevel(proof: AndroidKeyProof): boolean {
  const { attestationLevel } = proof.description;
  return PROTECTION[attestationLevel] !== undefined && (!isStrict(proof) || attestationLevel !== SOFTWARE);
}

function isListed({ input: { fmt, policy }, chain }: AndroidKeyProof): boolean {
  const { revoked } = policy;
  if (revoked === undefined || revoked === 'unreadable') return false;
  return isRevoked(chain, revoked) || hasRevokedAnchor(chain, anchorsFor(policy, fmt), revoked);
}

/** What WebAuthn L3 §8.4 asks of the statement, with what Google and banks add. */
export const androidKeyRules = [
  rule<AndroidKeyProof>(
    ANDROID_KEY_CLAUSE,
    'alg is not the credential’s',
    ({ alg, input: { key } }) => alg === key.algorithm,
  ),
  rule<AndroidKeyProof>(
    ANDROID_KEY_CLAUSE,
    'certificate is not for the credential’s key',
    ({ chain, input: { key } }) => chain[0].publicKey.equals(key.key),
  ),
  rule<AndroidKeyProof>(ANDROID_KEY_CLAUSE, 'signature', ({ sig, input: { key, signed } }) =>
    isSignedBy(key, signed, sig),
  ),
  rule<AndroidKeyProof>(ANDROID_KEY_CLAUSE, 'attestation challenge', ({ description, input }) =>
    equalBytes(description.challenge, input.clientDataHash),
  ),
  rule<AndroidKeyProof>(
    ANDROID_KEY_CLAUSE,
    'all applications may use the key',
    ({ description: { softwareEnforced, teeEnforced } }) =>
      !softwareEnforced.allApplications && !teeEnforced.allApplications,
  ),
  rule<AndroidKeyProof>(ANDROID_KEY_CLAUSE, 'origin', isGenerated),
  rule<AndroidKeyProof>(ANDROID_KEY_CLAUSE, 'purpose', isForSigning),
  rule<AndroidKeyProof>(GOOGLE, 'version', ({ description }) => VERSIONS.includes(description.version)),
  rule<AndroidKeyProof>(GOOGLE, 'a second certificate describes a key', ({ chain }) => describesOneKey(chain)),
  rule<AndroidKeyProof>(
    GOOGLE,
    'security levels differ',
    (proof) => !isStrict(proof) || proof.description.attestationLevel === proof.description.keyMintLevel,
  ),
  rule<AndroidKeyProof>(GOOGLE, 'security level', isKnownLevel),
  rule<AndroidKeyProof>(
    GOOGLE,
    'the revocation list cannot be read',
    ({ input }) => input.policy.revoked !== 'unreadable',
  ),
  rule<AndroidKeyProof>(GOOGLE, 'a certificate is revoked', (proof) => !isListed(proof), 'attestation_revoked'),
];

/** Android Key attestation (WebAuthn L3 §8.4): a certificate for the credential's key that says how the device keeps it. */
export const verifyAndroidKey: StatementVerifier = (input) => {
  const statement = readStatement(input);
  if (!statement) return broken(ANDROID_KEY_CLAUSE, 'a member is missing, unknown or of another type');
  const chain = readChain(input.attStmt.get('x5c'), ANDROID_KEY_CLAUSE, [KEY_DESCRIPTION]);
  const extension = chain[0].extensions.get(KEY_DESCRIPTION);
  if (!extension) return broken(ANDROID_KEY_CLAUSE, 'no key description');
  const description = parseKeyDescription(new Uint8Array(extension.extnValue.buffer));
  const refusal = firstBroken(androidKeyRules, { ...statement, input, chain, description });
  if (refusal) return refusal;
  const keyProtection = PROTECTION[description.attestationLevel] ?? [];
  return { ok: true, evidence: { kind: 'certified', chain, validity: validityOf(chain), keyProtection } };
};
