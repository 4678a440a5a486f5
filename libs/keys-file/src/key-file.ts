import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalBytes, canonicalJson, fromBase64Url, isRefusal, toBase64Url } from '@countersign/kernel';
import { deriveKey, open, seal, sealingKey, type KeyInfo, type KeyState, type KeyUse } from '@countersign/keys';
import { KeyFileRefused } from './key-file-refused.js';

const FORMAT = 'countersign-keys-v1';

/** A key as it stands in the file. */
export interface StoredKey {
  info: KeyInfo;
  /** `seal` of the material under the sealing half of the master key; associated data JCS(`{id, use}`). */
  sealed: Uint8Array;
}

interface FileKey {
  id: string;
  name: string;
  version: number;
  use: KeyUse;
  state: KeyState;
  createdAt: string;
  activatedAt?: string;
  retiredAt?: string;
  sealed: string;
}

interface FileBody {
  format: typeof FORMAT;
  keys: FileKey[];
}

const aadOf = ({ id, use }: KeyInfo): Uint8Array => canonicalBytes({ id, use });

function toFile({ info, sealed }: StoredKey): FileKey {
  const { createdAt, activatedAt, retiredAt, ...rest } = info;
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    ...(activatedAt && { activatedAt: activatedAt.toISOString() }),
    ...(retiredAt && { retiredAt: retiredAt.toISOString() }),
    sealed: toBase64Url(sealed),
  };
}

function fromFile({ sealed, createdAt, activatedAt, retiredAt, ...rest }: FileKey): StoredKey {
  const info: KeyInfo = {
    ...rest,
    createdAt: new Date(createdAt),
    ...(activatedAt && { activatedAt: new Date(activatedAt) }),
    ...(retiredAt && { retiredAt: new Date(retiredAt) }),
  };
  return { info, sealed: fromBase64Url(sealed)! };
}

/**
 * Reads and writes the text of a key file:
 * `{"format":"countersign-keys-v1","keys":[{id,name,version,use,state,createdAt,…,"sealed":"…"}],"mac":"…"}`, canonical
 * JSON. `mac` is HMAC-SHA-256 over the canonical JSON of the rest, so that no state, name or order can be changed without
 * the master key. Putting back an older file as a whole is not noticed: that takes a driver with a memory of its own.
 */
export class KeyFileFormat {
  private readonly sealing;
  private readonly macKey: Uint8Array;

  constructor(
    masterKey: Uint8Array,
    /** For messages. */
    private readonly path: string,
  ) {
    this.sealing = sealingKey(deriveKey(masterKey, 'key file sealing'));
    this.macKey = deriveKey(masterKey, 'key file mac');
  }

  seal(info: KeyInfo, material: Uint8Array): StoredKey {
    return { info, sealed: seal(this.sealing, material, aadOf(info)) };
  }

  unseal({ info, sealed }: StoredKey): Uint8Array {
    try {
      return open(this.sealing, sealed, aadOf(info));
    } catch (error) {
      if (isRefusal(error)) throw new KeyFileRefused(`${this.path}: key ${info.id} does not open`);
      throw error;
    }
  }

  write(keys: readonly StoredKey[]): string {
    const body: FileBody = { format: FORMAT, keys: keys.map(toFile) };
    return `${canonicalJson({ ...body, mac: toBase64Url(this.mac(body)) })}\n`;
  }

  /** @throws KeyFileRefused when it is damaged, changed, or was sealed with another master key */
  read(text: string): StoredKey[] {
    const { mac, ...body } = this.parse(text);
    const given = typeof mac === 'string' ? fromBase64Url(mac) : undefined;
    if (given?.length !== 32 || !timingSafeEqual(given, this.mac(body)))
      throw new KeyFileRefused(`${this.path}: was changed, or was sealed with another master key`);
    if (body['format'] !== FORMAT) throw new KeyFileRefused(`${this.path}: format is not ${FORMAT}`);
    return (body as unknown as FileBody).keys.map(fromFile);
  }

  private parse(text: string): Record<string, unknown> {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
    } catch {
      throw new KeyFileRefused(`${this.path}: is not JSON; it is damaged`);
    }
    throw new KeyFileRefused(`${this.path}: is not a key file`);
  }

  private mac(body: object): Uint8Array {
    return createHmac('sha256', this.macKey).update(canonicalBytes(body)).digest();
  }
}
