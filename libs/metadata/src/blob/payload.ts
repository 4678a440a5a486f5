import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { MetadataBlob, MetadataEntry } from '../model/entry.js';
import { BlobRefused } from './refused.js';

const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const day = z.string().regex(DAY);
const word = z.string().min(1).max(128);
const keyIdentifier = z.string().regex(/^[0-9a-f]{40}$/);
const root = z.string().max(16_384);
const words = z.array(word).max(256);

const statement = z.object({
  description: z.string().max(1024).optional(),
  attestationTypes: words.optional(),
  authenticationAlgorithms: words.optional(),
  keyProtection: words.optional(),
  attestationRootCertificates: z.array(root).max(256).optional(),
});

/** Members that no decision is made by are let through unread: the standard adds some from time to time. */
const entry = z.object({
  aaguid: z.guid().optional(),
  attestationCertificateKeyIdentifiers: z.array(keyIdentifier).max(1024).optional(),
  metadataStatement: statement.optional(),
  statusReports: z
    .array(z.object({ status: word, effectiveDate: day.optional() }))
    .min(1)
    .max(1024),
});

const payload = z.object({
  no: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  nextUpdate: day,
  entries: z.array(z.unknown()).max(20_000),
});

type Entry = z.output<typeof entry>;

/** Of a list what is in form. */
const readable = (text: z.ZodString) =>
  z
    .array(text.nullable().catch(null))
    .catch([])
    .transform((texts) => texts.filter((each) => each !== null));

/**
 * One entry that is not in form must not keep the news about all the others out. Of itself counts what speaks against its
 * model: every name of it and every status that can be read, one without a good date from ever on. It certifies nothing. The
 * roots that can be read stay the model's, and its only ones: without them other anchors would vouch for new devices, and
 * nobody any more for enrolled ones. An entry of which not even a name can be read is about nobody.
 */
const salvaged = z.object({
  aaguid: entry.shape.aaguid.catch(undefined),
  attestationCertificateKeyIdentifiers: readable(keyIdentifier),
  statusReports: z
    .array(
      z
        .object({ status: word, effectiveDate: day.optional().catch(undefined) })
        .nullable()
        .catch(null),
    )
    .catch([])
    .transform((reports) => reports.filter((report) => report !== null))
    .transform((reports) => reports.filter(({ status }) => !status.startsWith('FIDO_CERTIFIED'))),
  metadataStatement: z
    .object({ attestationRootCertificates: readable(root) })
    .optional()
    .catch(undefined),
});

function readEntry(json: unknown): { entry?: Entry; isWhole: boolean } {
  const whole = entry.safeParse(json);
  if (whole.success) return { entry: whole.data, isWhole: true };
  const rest = salvaged.safeParse(json);
  return rest.success ? { entry: rest.data, isWhole: false } : { isWhole: false };
}

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

function entryOf({ aaguid, metadataStatement: about, ...rest }: Entry): MetadataEntry {
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

/**
 * Reads the payload of a BLOB whose signature has verified (FIDO MDS 3 §3.1.6).
 * @throws BlobRefused `payload_invalid`, not for what is wrong with single entries
 */
export function readPayload(json: unknown): MetadataBlob {
  const parsed = payload.safeParse(json);
  if (!parsed.success) throw new BlobRefused('payload_invalid');
  const { no, nextUpdate } = parsed.data;
  const read = parsed.data.entries.map(readEntry);
  const entries = read.flatMap(({ entry: each }) => (each ? [entryOf(each)] : []));
  const unreadable = read.filter(({ isWhole }) => !isWhole).length;
  return { no, nextUpdate, entries, ...(unreadable > 0 ? { unreadable } : {}) };
}
