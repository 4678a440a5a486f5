// Signs with every key driver, one at a time and 32 at a time, and prints a table.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DelegatedKeys, MemoryShelf, TokenSigner, exclusivelyHere } from '@countersign/keys';
import { createDevelopmentAuthority, createMasterKeyFile, openFileKeyStore } from '@countersign/keys-file';
import { openKmsKeyStore } from '@countersign/keys-aws-kms';
import { openAzureKeyStore } from '@countersign/keys-azure';
import { startKmsServer } from '../../../libs/keys-aws-kms/test/kms-server.ts';
import { startVaultDouble } from '../../../libs/keys-azure/test/vault-double.ts';
import { newSoftToken } from '../../../libs/keys-pkcs11/test/soft-token.ts';

const SECONDS = 4;
const PARALLEL = 32;
const DATA = Buffer.alloc(400, 'a');
const CLAIMS = { about: 'a'.repeat(300) };

const folder = mkdtempSync(join(tmpdir(), 'bench-keys-'));

const drivers = {
  'sealed file': async () => {
    const files = { file: join(folder, 'data', 'keys.json'), masterKeyFile: join(folder, 'secrets', 'master.key') };
    createMasterKeyFile(files.masterKeyFile);
    return { store: openFileKeyStore(files), stop: async () => {} };
  },
  'PKCS#11, SoftHSM 2': async () => {
    const token = newSoftToken();
    const store = await token.open();
    return { store, stop: () => store.close().then(token.remove) };
  },
  'AWS KMS, LocalStack': async () => {
    const server = await startKmsServer();
    const credentialsFile = join(folder, 'credentials.json');
    writeFileSync(credentialsFile, JSON.stringify({ accessKeyId: '000000000001', secretAccessKey: 'not-a-secret' }));
    const { endpoint } = server;
    const store = openKmsKeyStore({ region: 'eu-central-1', endpoint, credentialsFile, namespace: 'bench' });
    return { store, stop: () => store.close().then(server.stop) };
  },
  'Azure Key Vault, our double': async () => {
    const authority = await createDevelopmentAuthority(join(folder, 'tls'));
    const { certificateFile, keyFile } = await authority.issue('session');
    const [cert, key, ca] = [certificateFile, keyFile, authority.certificateFile].map((path) =>
      readFileSync(path, 'utf8'),
    );
    const server = await startVaultDouble({ cert, key });
    const token = { token: 'token-of-the-test', expiresOnTimestamp: Date.now() + 3_600_000 };
    const double = { credential: { getToken: async () => token }, authority: ca };
    const exclusively = exclusivelyHere();
    const store = openAzureKeyStore({ vaultUrl: server.url, double, namespace: 'bench', exclusively });
    return { store, stop: server.stop };
  },
};

/** @returns how often `work` is done per second, and milliseconds of the median and the 95th percentile */
async function load(work, parallel) {
  const times = [];
  const begun = performance.now();
  const end = begun + SECONDS * 1_000;
  const worker = async () => {
    for (let now = performance.now(); now < end; now = performance.now()) {
      await work();
      times.push(performance.now() - now);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  const seconds = (performance.now() - begun) / 1_000;
  times.sort((a, b) => a - b);
  const at = (part) => times[Math.floor(times.length * part)].toFixed(2);
  return { rate: Math.round(times.length / seconds), median: at(0.5), p95: at(0.95) };
}

const row = (cells) => process.stdout.write(`| ${cells.join(' | ')} |\n`);

async function measure(name, work) {
  for (let warm = 0; warm < 100; warm++) await work();
  const [one, many] = [await load(work, 1), await load(work, PARALLEL)];
  row([name, one.rate, one.median, one.p95, many.rate, many.median, many.p95]);
}

try {
  row(['driver', 'one at a time, per s', 'median ms', 'p95 ms', `${PARALLEL} at a time, per s`, 'median ms', 'p95 ms']);
  row(Array(7).fill('---'));
  for (const [name, start] of Object.entries(drivers)) {
    const { store, stop } = await start();
    try {
      const { id } = await store.create('token/bench', 'sign');
      const delegated = new TokenSigner(new DelegatedKeys(store, new MemoryShelf()), 'token/bench');
      await measure(name, () => store.sign(id, DATA));
      await measure(`${name}, tokens delegated`, () => delegated.sign('at+jwt', CLAIMS));
    } finally {
      await stop();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
