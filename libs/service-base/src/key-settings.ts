import { SettingsError, filePath, variableOf } from '@countersign/platform';
import { z } from 'zod';

const NAMESPACE = /^[a-z][a-z0-9-]{0,31}$/;

/** Settings of a service that holds keys; spread into its schema. Secrets are paths to files and have no defaults. */
export const keySettings = {
  profile: z
    .enum(['development', 'production'])
    .default('production')
    .describe('production refuses drivers that keep private keys in the memory of a service'),
  keyDriver: z
    .enum(['file', 'pkcs11', 'aws-kms', 'azure'])
    .default('file')
    .describe('what holds the private keys of this service; file is for development only'),
  keyNamespace: z
    .string()
    .regex(NAMESPACE, 'is not up to 32 lower-case letters, digits and hyphens')
    .optional()
    .describe(
      'tells the keys of this service apart in a token, account or vault; enrollment and verification share one',
    ),
  keysFile: filePath.optional().describe('driver file: path of the sealed key file of this service'),
  masterKeyFile: filePath
    .optional()
    .describe(
      'driver file: path of the file whose key seals it: 32 bytes, base64url, mode 0600, elsewhere than the data',
    ),
  pkcs11Module: filePath.optional().describe('driver pkcs11: path of the module of the vendor, a shared library'),
  pkcs11Token: z.string().min(1).max(32).optional().describe('driver pkcs11: label of the token'),
  pkcs11PinFile: filePath.optional().describe('driver pkcs11: path of a file that holds the user PIN'),
  pkcs11Sessions: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe('driver pkcs11: sessions open at a time, 8 unless set; a session does one operation at a time'),
  kmsRegion: z.string().min(1).optional().describe('driver aws-kms: region of the keys'),
  kmsEndpoint: z.url().optional().describe('driver aws-kms: address of KMS where it is not the region’s own'),
  kmsCredentialsFile: filePath
    .optional()
    .describe('driver aws-kms: path of JSON credentials; absent: those the platform gives the process'),
  vaultUrl: z
    .url({ protocol: /^https$/ })
    .optional()
    .describe('driver azure: address of the vault'),
  vaultHsm: z
    .enum(['true', 'false'])
    .optional()
    .describe('driver azure: true unless set; false makes keys in software, as the Standard tier has them'),
  vaultTenantId: z
    .string()
    .min(1)
    .optional()
    .describe('driver azure: directory of the application that may use the vault'),
  vaultClientId: z.string().min(1).optional().describe('driver azure: id of that application'),
  vaultClientSecretFile: filePath
    .optional()
    .describe('driver azure: path of its secret; absent with both ids: the identity the platform gives the process'),
};

export type KeySettings = z.output<z.ZodObject<typeof keySettings>>;
type Key = keyof typeof keySettings;
export type KeyDriver = KeySettings['keyDriver'];

/** What a driver cannot do without, and what it takes besides. */
const OF: Record<KeyDriver, { required: readonly Key[]; optional: readonly Key[] }> = {
  file: { required: ['keysFile', 'masterKeyFile'], optional: ['keyNamespace'] },
  pkcs11: { required: ['keyNamespace', 'pkcs11Module', 'pkcs11Token', 'pkcs11PinFile'], optional: ['pkcs11Sessions'] },
  'aws-kms': { required: ['keyNamespace', 'kmsRegion'], optional: ['kmsEndpoint', 'kmsCredentialsFile'] },
  azure: {
    required: ['keyNamespace', 'vaultUrl'],
    optional: ['vaultHsm', 'vaultTenantId', 'vaultClientId', 'vaultClientSecretFile'],
  },
};
const ALWAYS: readonly Key[] = ['profile', 'keyDriver'];
const SECRET: readonly Key[] = ['vaultTenantId', 'vaultClientId', 'vaultClientSecretFile'];

/** Whether the settings of the key driver fit together. @throws SettingsError naming every one that does not */
export function checkKeySettings(settings: KeySettings): void {
  const { profile, keyDriver } = settings;
  const { required, optional } = OF[keyDriver];
  const given = (key: Key): boolean => settings[key] !== undefined;
  const taken = new Set<Key>([...ALWAYS, ...required, ...optional]);
  const secret = SECRET.filter(given);
  const problems = [
    ...(keyDriver === 'file' && profile === 'production'
      ? [`${variableOf('keyDriver')}: file is refused in production; choose pkcs11, aws-kms or azure`]
      : []),
    ...required.filter((key) => !given(key)).map((key) => `${variableOf(key)}: is required by driver ${keyDriver}`),
    ...(Object.keys(keySettings) as Key[])
      .filter((key) => given(key) && !taken.has(key))
      .map((key) => `${variableOf(key)}: driver ${keyDriver} does not take it`),
    ...(secret.length > 0 && secret.length < SECRET.length
      ? [`${SECRET.map(variableOf).join(', ')}: set all three or none`]
      : []),
  ];
  if (problems.length > 0) throw new SettingsError(problems);
}
