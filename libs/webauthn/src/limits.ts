/** Bounds on what comes from outside; each is well above what any authenticator sends. */
export const LIMITS = {
  /** Bytes; browsers write 100 to 400, payment confirmations up to about 2,000. */
  clientDataJson: 4096,
  /** Nesting of clientDataJSON. */
  jsonDepth: 16,
  /** Bytes; chains of RSA certificates reach about 6,000. */
  attestationObject: 32_768,
  /** Bytes of an assertion's authenticator data; 37 without extensions. */
  authenticatorData: 4096,
  /** Bytes; RSA with 8,192 bits. */
  signature: 1024,
  /** Bytes as read; the rule of 1,023 is a check of its own. */
  credentialId: 4096,
  /** Bytes (WebAuthn L3 §5.4.3). */
  userHandle: 64,
  cborDepth: 16,
  /** Data items in one CBOR document, keys included. */
  cborItems: 512,
  certificates: 8,
  transports: 16,
  transportLength: 32,
} as const;
