import { equalBytes, fromBase64Url, toBase64Url } from '@countersign/kernel';

/** A credential as request options show it. */
export interface ShownCredential {
  /** base64url */
  id: string;
  transports: string[];
}

/** A keyed hash: 32 bytes that nobody without the key can predict, the same for the same parts. */
export type Hash = (...parts: (string | Uint8Array)[]) => Uint8Array;

/** Shapes that are common among authenticators: length of the id in bytes, and how it is reached. */
const SHAPES: readonly { bytes: number; transports: readonly string[] }[] = [
  { bytes: 32, transports: ['internal'] },
  { bytes: 16, transports: ['hybrid', 'internal'] },
  { bytes: 20, transports: ['hybrid', 'internal'] },
];
/** The end of a decoy is a keyed hash of its beginning, so that this service knows it again and nobody else does. */
const MARK_BYTES = 8;

/**
 * What stands in options for a user who is unknown or has no usable key (R14): the same credentials on every call, and
 * none of which a stranger could tell from real ones. Three users in four have one, the others two.
 *
 * @param name as the person typed it; any text
 */
export function decoysFor(hash: Hash, tenant: string, name: string): ShownCredential[] {
  const count = hash('count', tenant, name)[0]! < 64 ? 2 : 1;
  return Array.from({ length: count }, (_, index) => {
    const shape = SHAPES[hash('shape', tenant, name, String(index))[0]! % SHAPES.length]!;
    const body = hash('id', tenant, name, String(index)).subarray(0, shape.bytes - MARK_BYTES);
    return { id: toBase64Url(Buffer.concat([body, mark(hash, tenant, body)])), transports: [...shape.transports] };
  });
}

/** Whether an id could have been shown as a decoy. */
export function isDecoy(hash: Hash, tenant: string, credentialId: string): boolean {
  const id = fromBase64Url(credentialId);
  if (!id || !SHAPES.some(({ bytes }) => bytes === id.length)) return false;
  return equalBytes(id.subarray(-MARK_BYTES), mark(hash, tenant, id.subarray(0, -MARK_BYTES)));
}

const mark = (hash: Hash, tenant: string, body: Uint8Array): Uint8Array =>
  hash('mark', tenant, body).subarray(0, MARK_BYTES);
