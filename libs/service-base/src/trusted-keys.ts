import { readFileSync, statSync } from 'node:fs';
import type { KeyObject } from 'node:crypto';
import { publicKeyOf, type PublicJwk } from '@countersign/keys';
import { SettingsError, variableOf } from '@countersign/platform';

/**
 * The keys that may sign configuration snapshots, out of the file this service was given. It is read again when it is
 * another one than before, and for a kid that is not in it: a rotation needs no restart, and a key that was taken out is
 * believed no longer. Whoever can write the file decides, nobody else.
 */
export class TrustedKeys {
  private keys: Map<string, KeyObject>;
  private mark = '';

  /** @throws SettingsError when the file is no readable JWK set */
  constructor(private readonly file: string) {
    this.keys = this.read();
  }

  key(kid: string): KeyObject | undefined {
    if (!this.keys.has(kid) || this.mark !== this.now()) this.keys = this.read();
    return this.keys.get(kid);
  }

  private now(): string {
    const found = statSync(this.file, { throwIfNoEntry: false });
    return found ? `${found.ino} ${found.mtimeMs} ${found.size}` : '';
  }

  private read(): Map<string, KeyObject> {
    try {
      this.mark = this.now();
      const { keys } = JSON.parse(readFileSync(this.file, 'utf8')) as { keys: PublicJwk[] };
      return new Map(keys.map((jwk) => [jwk.kid, publicKeyOf(jwk)]));
    } catch {
      throw new SettingsError([`${variableOf('snapshotKeysFile')}: ${this.file} is not a readable JWK set`]);
    }
  }
}
