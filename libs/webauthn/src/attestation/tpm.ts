import { createHash } from 'node:crypto';
import { equalBytes, fromBase64Url } from '@countersign/kernel';
import { ALGORITHMS, type Algorithm } from '../crypto/algorithms.js';
import type { PublicKey } from '../crypto/public-key.js';
import { isSignedBy } from '../crypto/signature.js';
import { leafKey } from './leaf-key.js';
import { firstBroken, rule } from './rules.js';
import { broken, type StatementInput, type StatementVerifier } from './statement.js';
import { AIK_EXTENSIONS, aikRules } from './tpm-aik.js';
import { parseCertInfo, type TpmAttest } from './tpm-attest.js';
import { magnitude, parsePubArea, type TpmKey, type TpmPublic } from './tpm-public.js';
import { TPM_CLAUSE } from './tpm-reader.js';
import { readChain } from './x5c.js';

/** RSASSA-PKCS1-v1_5 with SHA-1 (RFC 8812 §2). */
const RS1 = -65535;
const STATEMENT_ALGORITHMS: ReadonlyMap<number, Algorithm> = new Map<number, Algorithm>([
  ...ALGORITHMS,
  [RS1, { kty: 3, hash: 'sha1' }],
]);
const MEMBERS = 6;

interface Statement {
  ver: unknown;
  alg: number;
  sig: Uint8Array;
  certInfo: Uint8Array;
  pubArea: Uint8Array;
}

/** A statement that was read, and what it is judged against. */
interface TpmProof extends Statement {
  input: StatementInput;
  attest: TpmAttest;
  public: TpmPublic;
  /** The attestation key under the statement's algorithm, if they go together. */
  aik: PublicKey | undefined;
}

function readStatement({ attStmt }: StatementInput): Statement | undefined {
  const [ver, alg, sig] = [attStmt.get('ver'), attStmt.get('alg'), attStmt.get('sig')];
  const [certInfo, pubArea] = [attStmt.get('certInfo'), attStmt.get('pubArea')];
  if (attStmt.size !== MEMBERS || !attStmt.has('x5c')) return undefined;
  if (typeof alg !== 'number' || !(sig instanceof Uint8Array)) return undefined;
  return certInfo instanceof Uint8Array && pubArea instanceof Uint8Array
    ? { ver, alg, sig, certInfo, pubArea }
    : undefined;
}

const number = (member: string | undefined): string => magnitude(fromBase64Url(member ?? '') ?? new Uint8Array());

/** Whether the key the TPM describes is the credential's, compared as numbers. */
function isSameKey(key: TpmKey, credential: PublicKey): boolean {
  const jwk = credential.key.export({ format: 'jwk' });
  if (key.kty === 'RSA') return number(jwk.n) === key.n && number(jwk.e) === key.e;
  return jwk.crv === key.crv && number(jwk.x) === key.x && number(jwk.y) === key.y;
}

/** Whether extraData is the hash of what WebAuthn signs, by the hash of the statement's algorithm. */
const covers = ({ attest, aik, input }: TpmProof): boolean =>
  Boolean(aik?.hash && equalBytes(attest.extraData, createHash(aik.hash).update(input.signed).digest()));

/** What WebAuthn L3 §8.3 asks of the statement, before the certificate is looked at. */
export const tpmRules = [
  rule<TpmProof>(TPM_CLAUSE, 'ver', ({ ver }) => ver === '2.0'),
  rule<TpmProof>(TPM_CLAUSE, 'pubArea is not the credential’s key', (proof) =>
    isSameKey(proof.public.key, proof.input.key),
  ),
  // Most TPMs in use can sign with nothing better; whether that will do is the relying party's to say.
  rule<TpmProof>(TPM_CLAUSE, 'SHA-1 is not accepted', ({ alg, input }) =>
    alg === RS1 ? input.policy.sha1Statements === true : true,
  ),
  rule<TpmProof>(TPM_CLAUSE, 'alg does not go with the certificate’s key', ({ aik }) => aik !== undefined),
  rule<TpmProof>(TPM_CLAUSE, 'signature', ({ aik, certInfo, sig }) => Boolean(aik && isSignedBy(aik, certInfo, sig))),
  rule<TpmProof>(TPM_CLAUSE, 'certInfo extraData', covers),
  rule<TpmProof>(TPM_CLAUSE, 'certInfo name', ({ attest, public: { name } }) => equalBytes(attest.name, name)),
];

/**
 * TPM attestation (WebAuthn L3 §8.3): the TPM certifies the credential's key with an attestation key, and a
 * certificate says that this is the attestation key of a TPM.
 */
export const verifyTpm: StatementVerifier = (input) => {
  const statement = readStatement(input);
  if (!statement) return broken(TPM_CLAUSE, 'a member is missing, unknown or of another type');
  const chain = readChain(input.attStmt.get('x5c'), TPM_CLAUSE, AIK_EXTENSIONS);
  const [leaf] = chain;
  const [attest, area] = [parseCertInfo(statement.certInfo), parsePubArea(statement.pubArea)];
  const aik = leafKey(leaf, statement.alg, STATEMENT_ALGORITHMS);
  const refusal =
    firstBroken(tpmRules, { ...statement, input, attest, public: area, aik }) ??
    firstBroken(aikRules, { leaf, aaguid: input.aaguid, strict: input.policy.strict !== false });
  if (refusal) return refusal;
  // A key that could leave the TPM, or came from outside, is kept no better than in software, whoever certified it.
  const keyProtection = [area.bound ? ('hardware' as const) : ('software' as const)];
  return { ok: true, evidence: { kind: 'certified', chain, keyProtection } };
};
