import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { startKmsServer, type KmsServer } from '../../../libs/keys-aws-kms/test/kms-server.js';
import { installationKeys, modes } from './installation-keys.js';

const CREDENTIALS = { accessKeyId: '000000000001', secretAccessKey: 'not-a-secret' };

const folder = mkdtempSync(join(tmpdir(), 'kms-installation-'));
const credentialsFile = join(folder, 'credentials.json');
let server: KmsServer;
beforeAll(async () => {
  writeFileSync(credentialsFile, JSON.stringify(CREDENTIALS), { mode: 0o600 });
  server = await startKmsServer();
}, 120_000);
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

const settings = (): Record<string, string> => ({
  COUNTERSIGN_KMS_REGION: 'eu-central-1',
  COUNTERSIGN_KMS_ENDPOINT: server.endpoint,
  COUNTERSIGN_KMS_CREDENTIALS_FILE: credentialsFile,
});

for (const signing of modes()) installationKeys('aws-kms', signing, settings);
