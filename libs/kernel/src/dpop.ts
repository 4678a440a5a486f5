/**
 * Algorithms a DPoP proof may be signed with (RFC 9449 §4.2, FAPI 2.0 §5.4), as metadata and challenges name them. RS256 is
 * not among them: FAPI allows RSA with PSS only.
 */
export const DPOP_ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'PS256'] as const;
export type DpopAlgorithm = (typeof DPOP_ALGORITHMS)[number];

/** Thumbprint of a key (RFC 7638, SHA-256): 43 characters of base64url. */
export const isThumbprint = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);
