import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exclusivelyHere } from '@countersign/keys';
import { openPkcs11KeyStore } from '../src/index.js';

const PIN = '73905162';
const LABEL = 'countersign test';

/** What the suite was told of: the module, and the configuration it reads when it is initialised. */
function told(name: 'SOFTHSM2_MODULE' | 'SOFTHSM2_CONF'): string {
  const path = process.env[name];
  if (!path) throw new Error(`${name} is not set: npm run test:all -- --suite keys-pkcs11 sets it`);
  return path;
}

export const softHsmModule = (): string => told('SOFTHSM2_MODULE');

/** The one token of this run, empty. One at a time: the module reads where tokens are when it is initialised. */
export function newSoftToken() {
  const root = mkdtempSync(join(tmpdir(), 'softhsm-'));
  const tokens = join(dirname(told('SOFTHSM2_CONF')), 'tokens');
  const pinFile = join(root, 'pin');
  writeFileSync(pinFile, `${PIN}\n`, { mode: 0o600 });
  const empty = (): void => {
    rmSync(tokens, { recursive: true, force: true });
    mkdirSync(tokens);
  };
  const initialize = (): void => {
    execFileSync('softhsm2-util', ['--init-token', '--free', '--label', LABEL, '--pin', PIN, '--so-pin', '94710385'], {
      stdio: 'ignore',
    });
  };
  empty();
  initialize();
  const exclusively = exclusivelyHere();
  return {
    pin: PIN,
    label: LABEL,
    pinFile,
    empty,
    initialize,
    open: (options: { namespace?: string; label?: string; module?: string } = {}) =>
      openPkcs11KeyStore({
        module: softHsmModule(),
        label: LABEL,
        pinFile,
        sessions: 4,
        namespace: 'test',
        exclusively,
        ...options,
      }),
    unplug: () => renameSync(tokens, join(root, 'away')),
    plug: () => {
      rmSync(tokens, { recursive: true, force: true });
      renameSync(join(root, 'away'), tokens);
    },
    removePin: () => rmSync(pinFile),
    remove: () => {
      empty();
      rmSync(root, { recursive: true });
    },
  };
}

export type SoftToken = ReturnType<typeof newSoftToken>;
