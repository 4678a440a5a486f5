import { X509Certificate } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsError, filePath, variableOf } from '@countersign/platform';
import { readCrl, type BlobTrust } from '@countersign/metadata';
import { z } from 'zod';
import { readCrlFiles } from './crl-files.js';

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
  metadataCrls: filePath
    .optional()
    .describe(
      'path of a file, or of a folder of *.crl and *.pem, with the revocation lists of the authorities over the signer; ' +
        'absent: fetched from where the certificates say',
    ),
  metadataRevocation: z
    .enum(['when-available', 'required'])
    .default('when-available')
    .describe('whether metadata is refused when no revocation list can be had for a certificate over its signer'),
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
  /** File or folder of revocation lists; absent: they are fetched. */
  crls: string | undefined;
  /** Whether a certificate without a revocation list refuses the BLOB. */
  isRevocationRequired: boolean;
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
  const { metadataCrls: crls, metadataRevocation } = settings;
  if (crls !== undefined) requireCrls(crls);
  const isRevocationRequired = metadataRevocation === 'required';
  return { source, isUrl: url, every, signer, roots: readRoots(metadataRoots), crls, isRevocationRequired };
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

/** Lists expire and are replaced while we run; what is there at the start has to be some. */
function requireCrls(path: string): void {
  const crls = crlsAt(path);
  if (crls.length === 0) throw refused('holds no revocation list', 'metadataCrls');
  if (!crls.every((der) => readCrl(der))) throw refused('holds a revocation list that cannot be read', 'metadataCrls');
}

function crlsAt(path: string): Uint8Array[] {
  try {
    return readCrlFiles(path);
  } catch (error) {
    throw refused(`cannot be read (${(error as NodeJS.ErrnoException).code})`, 'metadataCrls');
  }
}

const refused = (problem: string, setting: 'metadataRoots' | 'metadataCrls' = 'metadataRoots'): SettingsError =>
  new SettingsError([`${variableOf(setting)}: ${problem}`]);
