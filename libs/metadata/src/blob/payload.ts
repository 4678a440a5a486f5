import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { MetadataBlob, MetadataEntry } from '../model/entry.js';
import { BlobRefused } from './refused.js';

const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const day = z.string().regex(DAY);
const word = z.string().min(1).max(128);
const words = z.array(word).max(256);

const statement = z.object({
  description: z.string().max(1024).optional(),
  attestationTypes: words.optional(),
  authenticationAlgorithms: words.optional(),
  keyProtection: words.optional(),
  attestationRootCertificates: z.array(z.string().max(16_384)).max(256).optional(),
});

/** Members that no decision is made by are let through unread: the standard adds some from time to time. */
const entry = z.object({
  aaguid: z.guid().optional(),
  attestationCertificateKeyIdentifiers: z
    .array(z.string().regex(/^[0-9a-f]{40}$/))
    .max(1024)
    .optional(),
  metadataStatement: statement.optional(),
  statusReports: z
    .array(z.object({ status: word, effectiveDate: day.optional() }))
    .min(1)
    .max(1024),
});

const payload = z.object({
  no: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  nextUpdate: day,
  entries: z.array(entry).max(20_000),
});

/** Some statements break their base64 into lines. A certificate that cannot be read is left out: it could anchor nothing. */
function certificatesIn(texts: readonly string[]): string[] {
  const plain = texts.map((text) => text.replace(/\s+/g, ''));
  return plain.filter((text) => {
    try {
      return new X509Certificate(Buffer.from(text, 'base64')).raw.length > 0;
    } catch {
      return false;
    }
  });
}

function entryOf({ aaguid, metadataStatement: about, ...rest }: z.output<typeof entry>): MetadataEntry {
  return {
    ...(aaguid === undefined ? {} : { aaguid: aaguid.toLowerCase() }),
    keyIdentifiers: [...new Set(rest.attestationCertificateKeyIdentifiers)],
    statuses: rest.statusReports,
    description: about?.description ?? '',
    attestationTypes: about?.attestationTypes ?? [],
    algorithms: about?.authenticationAlgorithms ?? [],
    keyProtection: about?.keyProtection ?? [],
    roots: certificatesIn(about?.attestationRootCertificates ?? []),
  };
}

/** Two entries for one model would leave the choice to chance. One that repeats itself leaves none: see `entryOf`. */
function namesModelsOnce(entries: readonly MetadataEntry[]): boolean {
  const names = entries.flatMap(({ aaguid, keyIdentifiers }) => [...(aaguid ? [aaguid] : []), ...keyIdentifiers]);
  return new Set(names).size === names.length;
}

/**
 * Reads the payload of a BLOB whose signature has verified (FIDO MDS 3 §3.1.6).
 * @throws BlobRefused `payload_invalid`
 */
export function readPayload(json: unknown): MetadataBlob {
  const parsed = payload.safeParse(json);
  if (!parsed.success) throw new BlobRefused('payload_invalid');
  const { no, nextUpdate } = parsed.data;
  const entries = parsed.data.entries.map(entryOf);
  if (!namesModelsOnce(entries)) throw new BlobRefused('payload_invalid');
  return { no, nextUpdate, entries };
}
