import { filePath } from '@countersign/platform';
import { z } from 'zod';
import { FILE_SECONDS, isHttps, isUrl } from '../metadata/settings.js';

/**
 * Most seconds between two looks, however long a source lets its list be kept: a tenant's policy may call one too old that
 * was not read for an hour.
 */
export const MOST_SECONDS = 1_800;

/** Where the list of revoked Android attestation keys comes from; without a source nobody is looked up. */
export const androidStatusSettings = {
  androidStatusSource: filePath
    .refine((text) => !isUrl(text) || isHttps(text), 'is neither the path of a file nor an https URL')
    .optional()
    .describe('list of revoked Android attestation keys: path of a file, or https URL; absent: none is looked up'),
  androidStatusRefreshSeconds: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_SECONDS)
    .default(MOST_SECONDS)
    .describe('seconds between two looks at a URL that does not say itself how long its list may be kept'),
};

export type AndroidStatusSettings = z.output<z.ZodObject<typeof androidStatusSettings>>;

/** What the list is read from. */
export interface AndroidStatusOrigin {
  source: string;
  isUrl: boolean;
  /** Seconds between two looks that go well, unless the answer says otherwise. */
  every: number;
}

export function androidStatusOrigin(settings: AndroidStatusSettings): AndroidStatusOrigin | undefined {
  const { androidStatusSource: source, androidStatusRefreshSeconds: every } = settings;
  if (source === undefined) return undefined;
  const url = isUrl(source);
  return { source, isUrl: url, every: url ? every : Math.min(every, FILE_SECONDS) };
}
