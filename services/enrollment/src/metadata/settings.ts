import { X509Certificate } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsError, filePath, variableOf } from '@countersign/platform';
import type { BlobTrust } from '@countersign/metadata';
import { z } from 'zod';

const LOOPBACK = /^(127(\.\d+){3}|\[::1\]|localhost)$/;
/** Whether a setting that is a file or a URL is a URL. */
export const isUrl = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(text);

/** https, or loopback: what may be fetched. */
export function isHttps(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.username || url.password) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
}

/** Where metadata about models of authenticators comes from; without a source there is none. */
export const metadataSettings = {
  metadataSource: filePath
    .refine((text) => !isUrl(text) || isHttps(text), 'is neither the path of a file nor an https URL')
    .optional()
    .describe('FIDO metadata BLOB: path of a file, or https URL; absent: no metadata'),
  metadataRoots: filePath
    .optional()
    .describe(
      'path of a PEM file, or of a folder of them, with the roots its signature may lead to; needed with a source',
    ),
  metadataSigner: z
    .string()
    .min(1)
    .default('mds.fidoalliance.org')
    .describe('DNS name in the certificate that signs it: its roots are public ones and vouch for other names too'),
  metadataRefreshSeconds: z.coerce
    .number()
    .int()
    .min(1)
    .max(86_400)
    .default(3_600)
    .describe(
      'seconds between two looks at a URL; a file is looked at every 10 seconds, or more often if this is less',
    ),
};

export type MetadataSettings = z.output<z.ZodObject<typeof metadataSettings>>;

/** What metadata is read from and trusted by. */
export interface MetadataOrigin extends BlobTrust {
  source: string;
  isUrl: boolean;
  /** Seconds between two looks that go well. */
  every: number;
}

/** A file is cheap to look at, and whoever puts a new one there waits for it. */
export const FILE_SECONDS = 10;
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** @throws SettingsError when a source has no readable root */
export function metadataOrigin(settings: MetadataSettings): MetadataOrigin | undefined {
  const { metadataSource: source, metadataRoots, metadataSigner: signer, metadataRefreshSeconds } = settings;
  if (source === undefined) return undefined;
  if (metadataRoots === undefined) throw refused('is required with a source of metadata');
  const url = isUrl(source);
  const every = url ? metadataRefreshSeconds : Math.min(metadataRefreshSeconds, FILE_SECONDS);
  return { source, isUrl: url, every, signer, roots: readRoots(metadataRoots) };
}

function readRoots(path: string): Uint8Array[] {
  const roots = pemFiles(path).flatMap((text) => text.match(PEM) ?? []);
  if (roots.length === 0) throw refused('holds no certificate');
  try {
    return roots.map((pem) => new Uint8Array(new X509Certificate(pem).raw));
  } catch {
    throw refused('holds a certificate that cannot be read');
  }
}

function pemFiles(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [readFileSync(path, 'utf8')];
    const names = readdirSync(path).filter((name) => name.endsWith('.pem'));
    return names.sort().map((name) => readFileSync(join(path, name), 'utf8'));
  } catch (error) {
    throw refused(`cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

const refused = (problem: string): SettingsError => new SettingsError([`${variableOf('metadataRoots')}: ${problem}`]);
