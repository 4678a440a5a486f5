import type { Database } from '@countersign/database';
import type { Exclusively, KeyStore } from '@countersign/keys';
import { openFileKeyStore } from '@countersign/keys-file';
import { checkSecretFile, variableOf } from '@countersign/platform';
import { exclusivelyIn } from './key-lock.js';
import { checkKeySettings, type KeyDriver, type KeySettings } from './key-settings.js';

const SESSIONS = 8;
/** Read by the drivers when they need them. Key files are judged by their own driver, more strictly. */
const SECRETS = ['pkcs11PinFile', 'kmsCredentialsFile', 'vaultClientSecretFile'] as const;

type Open = (settings: KeySettings, exclusively: Exclusively) => Promise<KeyStore>;

/** Loaded when it is chosen: a service carries no client of a cloud it does not use, and needs no compiled one. */
const DRIVERS: Record<KeyDriver, Open> = {
  file: async ({ keysFile, masterKeyFile }) =>
    openFileKeyStore({
      file: keysFile!,
      masterKeyFile: masterKeyFile!,
      settings: { file: variableOf('keysFile'), masterKeyFile: variableOf('masterKeyFile') },
    }),
  pkcs11: async ({ pkcs11Module, pkcs11Token, pkcs11PinFile, pkcs11Sessions, keyNamespace }, exclusively) => {
    const { openPkcs11KeyStore } = await import('@countersign/keys-pkcs11');
    return openPkcs11KeyStore({
      module: pkcs11Module!,
      label: pkcs11Token!,
      pinFile: pkcs11PinFile!,
      sessions: pkcs11Sessions ?? SESSIONS,
      namespace: keyNamespace!,
      exclusively,
    });
  },
  'aws-kms': async ({ kmsRegion, kmsEndpoint, kmsCredentialsFile, keyNamespace }) => {
    const { openKmsKeyStore } = await import('@countersign/keys-aws-kms');
    return openKmsKeyStore({
      region: kmsRegion!,
      namespace: keyNamespace!,
      ...(kmsEndpoint && { endpoint: kmsEndpoint }),
      ...(kmsCredentialsFile && { credentialsFile: kmsCredentialsFile }),
    });
  },
  azure: async ({ vaultUrl, vaultHsm, keyNamespace, ...rest }, exclusively) => {
    const { openAzureKeyStore } = await import('@countersign/keys-azure');
    const { vaultTenantId: tenantId, vaultClientId: clientId, vaultClientSecretFile: clientSecretFile } = rest;
    return openAzureKeyStore({
      vaultUrl: vaultUrl!,
      namespace: keyNamespace!,
      hsm: vaultHsm !== 'false',
      exclusively,
      ...(tenantId && clientId && clientSecretFile && { secret: { tenantId, clientId, clientSecretFile } }),
    });
  },
};

/**
 * Opens the keys of a service with the driver its settings choose. There is no default for what a driver needs: without
 * it the start is refused (R25).
 *
 * @param database the service's own; its locks keep replicas from making one version twice
 * @throws SettingsError, KeyFileRefused, `key_store_unavailable`
 */
export async function openKeys(settings: KeySettings, database: Pick<Database, 'transaction'>): Promise<KeyStore> {
  checkKeySettings(settings);
  for (const key of SECRETS) if (settings[key] !== undefined) checkSecretFile(key, settings[key]);
  return DRIVERS[settings.keyDriver](settings, exclusivelyIn(database));
}
