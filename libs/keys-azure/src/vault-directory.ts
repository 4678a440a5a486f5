import type { KeyProperties } from '@azure/keyvault-keys';
import { refuse } from '@countersign/kernel';
import type { HeldKey } from '@countersign/keys';
import { isStatus, refusalOf } from './failure.js';
import type { Vault } from './vault.js';
import { heldOf, readTags, tagsFor, type VersionTags } from './version-tags.js';

const SEPARATOR = '--';
const SEAL = `${SEPARATOR}seal`;

/** Which key of the vault is which of ours: one per name, whose versions are versions there too. */
export class VaultDirectory {
  constructor(
    private readonly vault: Vault,
    private readonly namespace: string,
  ) {}

  /** Key Vault's names have no slashes; the tags say which name it is, where two would look alike. */
  keyName = (name: string): string => `${this.namespace}${SEPARATOR}${name.replaceAll('/', SEPARATOR)}`;

  /** The key that signs what the wrapping key of this name wraps. */
  sealName = (name: string): string => this.keyName(name) + SEAL;

  async versions(name: string): Promise<{ held: HeldKey; tags: VersionTags }[]> {
    const found: { held: HeldKey; tags: VersionTags }[] = [];
    for (const properties of await this.properties(name)) {
      const tags = readTags(properties, this.namespace, name);
      if (tags) found.push({ held: heldOf(properties, tags), tags });
    }
    return found;
  }

  private async properties(name: string): Promise<KeyProperties[]> {
    try {
      return await this.vault.raw((options) =>
        collect(this.vault.keys.listPropertiesOfKeyVersions(this.keyName(name), options)),
      );
    } catch (error) {
      if (isStatus(error, 404)) return [];
      throw refusalOf(error);
    }
  }

  async names(): Promise<string[]> {
    const all = await this.vault.call((options) => collect(this.vault.keys.listPropertiesOfKeys(options)));
    const ours = all.filter(({ name, tags }) => tags?.['namespace'] === this.namespace && !name.endsWith(SEAL));
    return [...new Set(ours.map(({ tags }) => tags!['name']!))];
  }

  /** The tags as they are now, with what changed: Key Vault replaces them whole. */
  async update(key: HeldKey, changes: Partial<VersionTags>, enabled?: boolean): Promise<VersionTags> {
    const known = (await this.versions(key.name)).find(({ held }) => held.ref === key.ref);
    if (!known) throw refuse('key_unknown', {}, `no key ${key.ref}`);
    const tags = { ...known.tags, ...changes };
    await this.write(this.keyName(key.name), versionIn(key.ref), tags, enabled);
    return tags;
  }

  async write(keyName: string, version: string, tags: VersionTags, enabled?: boolean): Promise<void> {
    const properties = { tags: tagsFor(tags), ...(enabled === undefined ? {} : { enabled }) };
    await this.vault.call((options) =>
      this.vault.keys.updateKeyProperties(keyName, version, { ...properties, ...options }),
    );
  }
}

/** The last segment of a key version's address. */
export const versionIn = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);

async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of pages) all.push(one);
  return all;
}
