import { openFileKeyStore } from '@countersign/keys-file';
import type { KeyStore } from '@countersign/keys';
import { filePath, variableOf } from '@countersign/platform';

/** Settings of a service that holds keys; spread into its schema. */
export const keySettings = {
  keysFile: filePath.describe('path of the sealed key file of this service'),
  masterKeyFile: filePath.describe(
    'path of the file whose key seals it: 32 bytes, base64url, mode 0600, elsewhere than the data',
  ),
};

/** Opens the keys of a service. There is no default: without a master key the start is refused (R25). */
export const openKeys = (settings: { keysFile: string; masterKeyFile: string }): KeyStore =>
  openFileKeyStore({
    file: settings.keysFile,
    masterKeyFile: settings.masterKeyFile,
    settings: { file: variableOf('keysFile'), masterKeyFile: variableOf('masterKeyFile') },
  });
