import type { CreateKeyOptions, KeyVaultKey } from '@azure/keyvault-keys';
import { refuse, toBase64Url } from '@countersign/kernel';
import type { Binding, HeldKey, KeyEngine, NewKey, Point } from '@countersign/keys';
import * as envelope from './envelope.js';
import { isStatus, refusalOf } from './failure.js';
import type { Vault } from './vault.js';
import { versionIn, type VaultDirectory } from './vault-directory.js';
import { tagsFor, type VersionTags } from './version-tags.js';

/** In front of every key id of this driver. */
export const AZURE_DRIVER = 'azure';

const RSA_BITS = 3_072;

/** Private keys that Azure Key Vault makes, keeps and uses. */
export class VaultEngine implements KeyEngine {
  readonly driver = AZURE_DRIVER;
  /** Key Vault refuses keys that are disabled, so what we know of a key may be older. */
  readonly trustMs = 30_000;
  private readonly sealPoints = new Map<string, Point>();

  constructor(
    private readonly vault: Vault,
    private readonly directory: VaultDirectory,
    /** Keys of a hardware security module (Premium tier) or of software (Standard). */
    private readonly hsm: boolean,
    private readonly namespace: string,
  ) {}

  versions = async (name: string): Promise<HeldKey[]> => (await this.directory.versions(name)).map(({ held }) => held);

  names = (): Promise<string[]> => this.directory.names();

  async make(key: NewKey): Promise<void> {
    const there = await this.versions(key.name);
    if (there.some(({ version }) => version === key.version)) return;
    const tags: VersionTags = {
      namespace: this.namespace,
      name: key.name,
      version: String(key.version),
      use: key.use,
      ...(key.activatedAt && { activated: key.activatedAt.toISOString() }),
    };
    if (key.use === 'sign') await this.makeSigning(key.name, tags);
    else await this.makeWrapping(key.name, tags);
  }

  /** The point is kept in the tags, because a disabled key is not told any more; until then the version is not ours. */
  private async makeSigning(name: string, tags: VersionTags): Promise<void> {
    const { namespace } = this;
    const made = await this.createEc(this.directory.keyName(name), { namespace, name });
    const point = pointOf(made);
    await this.directory.write(made.name, versionIn(made.id!), { ...tags, ...point });
  }

  private async makeWrapping(name: string, tags: VersionTags): Promise<void> {
    const sealing = await this.createEc(this.directory.sealName(name), tagsFor(tags));
    const seal = versionIn(sealing.id!);
    const create = {
      hsm: this.hsm,
      keySize: RSA_BITS,
      keyOps: ['wrapKey', 'unwrapKey'],
      tags: tagsFor({ ...tags, seal }),
    };
    await this.vault.call((options) =>
      this.vault.keys.createRsaKey(this.directory.keyName(name), { ...create, ...options }),
    );
  }

  private createEc(keyName: string, tags: Record<string, string>): Promise<KeyVaultKey> {
    const create: CreateKeyOptions & { hsm: boolean; curve: 'P-256' } = {
      hsm: this.hsm,
      curve: 'P-256',
      keyOps: ['sign', 'verify'],
      tags,
    };
    return this.vault.call((options) => this.vault.keys.createEcKey(keyName, { ...create, ...options }));
  }

  async activate(key: HeldKey, at: Date): Promise<void> {
    await this.directory.update(key, { activated: at.toISOString() });
  }

  /** The tag says it for good; Key Vault refuses the key from then on whoever asks. */
  async disable(key: HeldKey, at: Date): Promise<void> {
    const tags = await this.directory.update(key, { disabled: at.toISOString() }, false);
    if (tags.seal) await this.directory.write(this.directory.sealName(key.name), tags.seal, tags, false);
  }

  sign(key: HeldKey, digest: Uint8Array): Promise<Uint8Array> {
    return this.signWith(key.ref, digest);
  }

  private async signWith(ref: string, digest: Uint8Array): Promise<Uint8Array> {
    const client = this.vault.cryptographyOf(ref);
    return (await this.vault.call((options) => client.sign('ES256', digest, options))).result;
  }

  async publicKey(key: HeldKey): Promise<Point> {
    if (!key.halt) {
      const made = await this.vault.call((options) =>
        this.vault.keys.getKey(this.directory.keyName(key.name), { version: versionIn(key.ref), ...options }),
      );
      return pointOf(made);
    }
    const { x, y } = await this.tagsOf(key);
    if (!x || !y) throw refuse('key_unknown', {}, `no public half of ${key.ref} is kept`);
    return { x, y };
  }

  async wrap(key: HeldKey, plaintext: Uint8Array, binding: Binding): Promise<Uint8Array> {
    const { contentKey, sealed } = envelope.seal(plaintext, binding);
    const client = this.vault.cryptographyOf(key.ref);
    const { result: wrappedKey } = await this.vault.call((options) =>
      client.wrapKey('RSA-OAEP-256', contentKey, options),
    );
    const signature = await this.signWith(await this.sealRef(key), envelope.digestOf(binding, { wrappedKey, sealed }));
    return envelope.write({ wrappedKey, sealed, signature });
  }

  async unwrap(key: HeldKey, body: Uint8Array, binding: Binding): Promise<Uint8Array> {
    const parts = envelope.read(body);
    envelope.checkSignature(await this.sealPoint(key), binding, parts);
    const client = this.vault.cryptographyOf(key.ref);
    try {
      const { result } = await this.vault.raw((options) => client.unwrapKey('RSA-OAEP-256', parts.wrappedKey, options));
      return envelope.open(parts.sealed, result, binding);
    } catch (error) {
      if (isStatus(error, 400)) throw refuse('seal_refused', {}, 'does not open');
      throw refusalOf(error);
    }
  }

  private async tagsOf(key: HeldKey): Promise<VersionTags> {
    const known = (await this.directory.versions(key.name)).find(({ held }) => held.ref === key.ref);
    if (!known) throw refuse('key_unknown', {}, `no key ${key.ref}`);
    return known.tags;
  }

  private async sealRef(key: HeldKey): Promise<string> {
    const { seal } = await this.tagsOf(key);
    return `${this.vault.keys.vaultUrl.replace(/\/$/, '')}/keys/${this.directory.sealName(key.name)}/${seal ?? ''}`;
  }

  private async sealPoint(key: HeldKey): Promise<Point> {
    const known = this.sealPoints.get(key.ref);
    if (known) return known;
    const { seal } = await this.tagsOf(key);
    const name = this.directory.sealName(key.name);
    const made = await this.vault.call((options) => this.vault.keys.getKey(name, { version: seal ?? '', ...options }));
    this.sealPoints.set(key.ref, pointOf(made));
    return pointOf(made);
  }
}

function pointOf({ key, id }: KeyVaultKey): Point {
  if (key?.crv !== 'P-256' || !key.x || !key.y) throw refuse('key_conflict', {}, `${id} is no P-256 key`);
  return { x: toBase64Url(key.x), y: toBase64Url(key.y) };
}
