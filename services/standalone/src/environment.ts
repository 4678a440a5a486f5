import { anchorSettings, androidStatusSettings, metadataSettings } from '@countersign/enrollment';
import { settingsFromEnv } from '@countersign/platform';
import { z } from 'zod';

/** What the environment may set for an embedded installation; everything else is derived. */
export const standaloneSettings = z.strictObject({
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').describe('least severe level logged'),
  otlpEndpoint: z
    .url()
    .optional()
    .describe('OTLP/HTTP endpoint for traces, e.g. http://localhost:4318; absent: no traces'),
  databaseConnections: z.coerce
    .number()
    .int()
    .min(2)
    .max(50)
    .default(4)
    .describe('greatest number of connections of each service'),
  ...metadataSettings,
  ...androidStatusSettings,
  ...anchorSettings,
});

/** @throws SettingsError naming every bad or unknown key */
export const readEnvironment = (): z.output<typeof standaloneSettings> =>
  settingsFromEnv(standaloneSettings, process.env);
