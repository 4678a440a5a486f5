import { X509Certificate } from 'node:crypto';
import type { RevocationList } from '../types.js';
import type { PresentedCertificate } from './certificate.js';

/** Negative ones are no good numbers, and there are some (RFC 5280 §4.1.2.2). */
const HEX = /^-?[0-9a-f]+$/i;
/** It is told in findings and events; a longer one would be too much for an event, and its device never judged. */
const MAX_STATUS = 64;

/** Lower case, no leading zeros: as Google writes serial numbers. @param hex of a certificate or a list */
export const serialText = (hex: string): string => hex.toLowerCase().replace(/^(-?)0+(?=.)/, '$1');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isStatus = (status: unknown): status is string =>
  typeof status === 'string' && status !== '' && status.length <= MAX_STATUS;

/** An entry as it must be; whatever its status is called, whoever is on the list is not to be trusted. */
const isEntry = (pair: [string, unknown]): pair is [string, { status: string }] =>
  HEX.test(pair[0]) && isObject(pair[1]) && isStatus(pair[1]['status']);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Reads Google's list of revoked and suspended attestation keys (`{"entries":{"<serial>":{"status":…}}}`).
 * A list that is not as it should be revokes everything, because nobody can say what it would have said.
 * @param text JSON as it was fetched
 */
export function readRevocationList(text: string): RevocationList {
  const list = parse(text);
  const entries = isObject(list) && isObject(list['entries']) ? Object.entries(list['entries']) : undefined;
  if (!entries?.every(isEntry)) return 'unreadable';
  return new Map(entries.map(([serial, { status }]) => [serialText(serial), status]));
}

/** Whether a certificate of the chain is on the list; every one of them counts, for leaked keys sign leaves at will. */
export const isRevoked = (chain: readonly PresentedCertificate[], list: ReadonlyMap<string, string>): boolean =>
  chain.some(({ x509 }) => list.has(serialText(x509.serialNumber)));

const hasIssued = (chain: readonly PresentedCertificate[], authority: X509Certificate): boolean =>
  chain.some(({ x509 }) => x509.checkIssued(authority));

/**
 * Whether an anchor above the chain is on the list. A chain may leave its anchor out, and one of a tenant need not be a root.
 * @param anchors DER; one that cannot be read anchors nothing
 */
export const hasRevokedAnchor = (
  chain: readonly PresentedCertificate[],
  anchors: readonly Uint8Array[],
  list: ReadonlyMap<string, string>,
): boolean =>
  anchors.some((der) => {
    try {
      const anchor = new X509Certificate(der);
      return list.has(serialText(anchor.serialNumber)) && hasIssued(chain, anchor);
    } catch {
      return false;
    }
  });
