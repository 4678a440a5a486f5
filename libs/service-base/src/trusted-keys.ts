import { readFileSync } from 'node:fs';
import type { KeyObject } from 'node:crypto';
import { publicKeyOf, type PublicJwk } from '@countersign/keys';
import { SettingsError, variableOf } from '@countersign/platform';

/**
 * The keys that may sign configuration snapshots, out of the file this service was given. A kid that is not in it has the
 * file read once more, so that a rotation needs no restart; whoever can write the file decides, nobody else.
 */
export class TrustedKeys {
  private keys: Map<string, KeyObject>;

  /** @throws SettingsError when the file is no readable JWK set */
  constructor(private readonly file: string) {
    this.keys = this.read();
  }

  key(kid: string): KeyObject | undefined {
    if (!this.keys.has(kid)) this.keys = this.read();
    return this.keys.get(kid);
  }

  private read(): Map<string, KeyObject> {
    try {
      const { keys } = JSON.parse(readFileSync(this.file, 'utf8')) as { keys: PublicJwk[] };
      return new Map(keys.map((jwk) => [jwk.kid, publicKeyOf(jwk)]));
    } catch {
      throw new SettingsError([`${variableOf('snapshotKeysFile')}: ${this.file} is not a readable JWK set`]);
    }
  }
}
