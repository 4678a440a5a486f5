import { anchorSettings, androidStatusSettings, metadataSettings } from '@countersign/enrollment';
import { settingsFromEnv } from '@countersign/platform';
import { keySettings } from '@countersign/service-base';
import { signingSettings } from '@countersign/session';
import { z } from 'zod';

const { profile: _, keysFile: __, masterKeyFile: ___, keyDriver, keyNamespace, ...ofDrivers } = keySettings;

/** What holds the keys of an embedded installation; it keeps to it afterwards. */
const installedKeys = {
  ...ofDrivers,
  keyDriver: keyDriver.unwrap().optional().describe('what holds the private keys of the installation; file unless set'),
  keyNamespace: keyNamespace.describe('begins the namespaces of its stores: <this>-session, …; countersign unless set'),
};

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
  ...installedKeys,
  tokenSigning: signingSettings.tokenSigning
    .unwrap()
    .optional()
    .describe('how session signs tokens; direct unless set'),
  ...metadataSettings,
  ...androidStatusSettings,
  ...anchorSettings,
});

type Given = z.output<typeof standaloneSettings>;
type KeyName = keyof typeof installedKeys;

type OfAll = 'logLevel' | 'otlpEndpoint' | 'databaseConnections' | 'tokenSigning';

/** The environment by whom it concerns. */
export interface Environment extends Pick<Given, OfAll> {
  keys: Pick<Given, KeyName>;
  /** Where enrollment takes metadata and trust anchors from. */
  metadata: Omit<Given, OfAll | KeyName>;
}

/** @throws SettingsError naming every bad or unknown key */
export function readEnvironment(): Environment {
  const given = settingsFromEnv(standaloneSettings, process.env);
  const { logLevel, otlpEndpoint, databaseConnections, tokenSigning, ...rest } = given;
  const isKey = (name: string): boolean => name in installedKeys;
  const entries = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    logLevel,
    databaseConnections,
    ...(otlpEndpoint === undefined ? {} : { otlpEndpoint }),
    ...(tokenSigning === undefined ? {} : { tokenSigning }),
    keys: Object.fromEntries(entries.filter(([name]) => isKey(name))),
    metadata: Object.fromEntries(entries.filter(([name]) => !isKey(name))) as Environment['metadata'],
  };
}
