import type { MutatedCeremony } from './ceremonies.js';
import { rewrapped } from './rewrapped.js';
import { ourVerdict, type Verdict } from './verdicts.js';

/** A kind of disagreement that docs/protocols/differential.md explains under the same name. */
export interface Class {
  name: string;
  /** Which side refuses. */
  refuses: 'ours' | 'theirs';
  /** What the refusing side says: code and rule of ours, messages of theirs. */
  says: RegExp;
  kind?: MutatedCeremony['kind'];
  /** Attestation formats it is about; all when absent. */
  formats?: readonly string[];
  /** What must be so as well. */
  holds?: (ceremony: MutatedCeremony, ours: Verdict) => boolean;
}

/** Where we refuse and SimpleWebAuthn does not. */
const STRICTER: Class[] = [
  { name: 'client-data-json', refuses: 'ours', says: /^client_data_malformed: clientDataJSON/ },
  { name: 'client-data-types', refuses: 'ours', says: /^client_data_malformed: (crossOrigin|topOrigin)$/ },
  { name: 'framing', refuses: 'ours', says: /^cross_origin_not_allowed/ },
  {
    name: 'base64url',
    refuses: 'ours',
    says: /^(credential_malformed: (id|rawId|signature|userHandle)|attestation_malformed: attestationObject|authenticator_data_malformed: authenticatorData)$/,
  },
  { name: 'transports', refuses: 'ours', says: /^credential_malformed: transports$/, kind: 'registration' },
  { name: 'credential-id', refuses: 'ours', says: /^credential_(mismatch|id_too_long)/ },
  { name: 'allow-list', refuses: 'ours', says: /^credential_not_allowed/, kind: 'authentication' },
  { name: 'user-handle', refuses: 'ours', says: /^user_handle_mismatch/, kind: 'authentication' },
  { name: 'backup-eligibility', refuses: 'ours', says: /^backup_eligibility_changed/, kind: 'authentication' },
  { name: 'algorithm-withdrawn', refuses: 'ours', says: /^algorithm_not_allowed/, kind: 'authentication' },
  {
    name: 'cbor',
    refuses: 'ours',
    says: /^(authenticator_data|attestation|public_key)_malformed: (length beyond the input|nested too deeply|type not allowed|not in shortest form|a key appears twice|text is not UTF-8|too many items|indefinite or reserved length|key is neither integer nor text|bytes left over|ends early|integer too large|not a map|cannot be decoded)$/,
  },
  { name: 'assertion-credential', refuses: 'ours', says: /: credential in an assertion$/, kind: 'authentication' },
  {
    name: 'attestation-object',
    refuses: 'ours',
    says: /^attestation_malformed: (not a map of three|fmt, attStmt or authData missing)$/,
  },
  {
    name: 'public-key',
    refuses: 'ours',
    says: /^public_key_malformed: (parameters|parameter -\d|kty and alg|kty or alg missing|curve|coordinate|point|modulus|exponent)$/,
    kind: 'registration',
  },
  {
    name: 'statement-members',
    refuses: 'ours',
    says: /^attestation_invalid: (a member is missing, unknown or of another type|alg or sig missing, or an unknown member|members other than (x5c|sig and x5c)|statement is not empty)$/,
  },
  {
    name: 'signature-encoding',
    refuses: 'ours',
    says: /^(signature_invalid: |attestation_invalid: signature)$/,
    holds: (ceremony) => isRightInDer(ourVerdict(rewrapped(ceremony))),
  },
  {
    name: 'statement-algorithm',
    refuses: 'ours',
    says: /^attestation_invalid: (alg (does not go with the certificate’s key|is not the credential’s|differs from the credential’s)|certificate key not on P-256)$/,
  },
  {
    name: 'packed-certificate',
    refuses: 'ours',
    says: /^attestation_invalid: (subject (C|O|OU|CN)|basic constraints|aaguid extension)$/,
    formats: ['packed', 'tpm'],
  },
  {
    name: 'certificate-rules',
    refuses: 'ours',
    says: /^attestation_invalid: (unknown critical extension|name constraints|an extension appears twice|signature algorithm|key of the certificate|certificate cannot be parsed|certificate is not bytes of a sane length|x5c)$/,
  },
  {
    name: 'u2f-one-certificate',
    refuses: 'ours',
    says: /^attestation_invalid: not exactly one certificate$/,
    formats: ['fido-u2f'],
  },
  { name: 'tpm-structures', refuses: 'ours', says: /^attestation_invalid: (pubArea|certInfo) /, formats: ['tpm'] },
  {
    name: 'tpm-certificate',
    refuses: 'ours',
    says: /^attestation_invalid: (version|subject not empty|subject alternative name not critical|TPM (manufacturer|model|version)|extended key usage|basic constraints)$/,
    formats: ['tpm'],
  },
  { name: 'tpm-sha1', refuses: 'ours', says: /^attestation_invalid: SHA-1 is not accepted$/, formats: ['tpm'] },
  {
    name: 'android-rules',
    refuses: 'ours',
    says: /^attestation_invalid: (origin|purpose|version|security level|security levels differ|all applications may use the key|key description: .*)$/,
    formats: ['android-key'],
  },
  { name: 'chain-order', refuses: 'ours', says: /^attestation_untrusted/, kind: 'registration' },
];

/** Whether the signature is no longer what is refused: nothing is, or what another class explains. */
function isRightInDer({ ok, why }: Verdict): boolean {
  return ok || STRICTER.some(({ name, says }) => name !== 'signature-encoding' && says.test(why));
}

/** Where SimpleWebAuthn refuses and we do not. */
const LAXER: Class[] = [
  {
    name: 'counter',
    refuses: 'theirs',
    says: /^Response counter value \d+ was lower than expected \d+$/,
    kind: 'authentication',
    holds: (_ceremony, ours) => ours.replayed === true,
  },
  { name: 'compound', refuses: 'theirs', says: /^Unsupported Attestation Format: compound$/, formats: ['compound'] },
  { name: 'token-binding', refuses: 'theirs', says: /token ?binding/i },
  {
    name: 'android-chain-without-root',
    refuses: 'theirs',
    says: /isSelfSigned|^No specified trust anchor was valid for verifying x5c \(Android Key\)/,
    formats: ['android-key'],
  },
  {
    name: 'chain-with-root',
    refuses: 'theirs',
    says: /found duplicate certificates|^Unexpected error while validating certificate path \((Apple|FIDOU2F|TPM)\)$/,
    kind: 'registration',
  },
  {
    name: 'android-after-anchor',
    refuses: 'theirs',
    says: /not a known root certificate \(Android Key\)$/,
    formats: ['android-key'],
  },
  {
    name: 'android-leaf-dates',
    refuses: 'theirs',
    says: /^Found certificate out of validity period/,
    formats: ['android-key'],
  },
  { name: 'android-schema', refuses: 'theirs', says: /AuthorizationList ASN1 schema/, formats: ['android-key'] },
  {
    name: 'tpm-numbers',
    refuses: 'theirs',
    says: /^PubArea unique is not same as (public key x and y|credentialPublicKey)/,
    formats: ['tpm'],
  },
  {
    name: 'rsa-certificates',
    refuses: 'theirs',
    says: /does not equal (credCert|leaf cert) public key \((Apple|Android Key)\)$|COSE public key was missing x/,
    formats: ['apple', 'android-key'],
    holds: ({ input }) => JSON.stringify(input.response).includes('"publicKeyAlgorithm":-257'),
  },
];

export const CLASSES: readonly Class[] = [...STRICTER, ...LAXER];

/** The class that explains a disagreement, or nothing. */
export function classOf(ceremony: MutatedCeremony, ours: Verdict, theirs: Verdict): Class | undefined {
  const refusal = ours.ok ? theirs.why : ours.why;
  return CLASSES.find(
    ({ refuses, says, kind, formats, holds }) =>
      (refuses === 'ours') === !ours.ok &&
      says.test(refusal) &&
      (kind ?? ceremony.kind) === ceremony.kind &&
      (formats?.includes(ceremony.original) ?? true) &&
      (holds?.(ceremony, ours) ?? true),
  );
}
