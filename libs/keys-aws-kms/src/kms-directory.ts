import {
  CreateAliasCommand,
  DescribeKeyCommand,
  ListAliasesCommand,
  ListResourceTagsCommand,
  type KeyMetadata,
} from '@aws-sdk/client-kms';
import { refuse } from '@countersign/kernel';
import type { Halt, HeldKey } from '@countersign/keys';
import { isNamed, refusalOf } from './failure.js';
import { fromTags, type KeyTags } from './key-tags.js';
import type { KmsCaller } from './kms-caller.js';

const HALTED: Partial<Record<string, Halt>> = {
  Disabled: 'disabled',
  PendingDeletion: 'deletion',
  PendingReplicaDeletion: 'deletion',
};

/** A version and its tags. */
export interface Described {
  held: HeldKey;
  tags: KeyTags;
}

/**
 * Which KMS key is which of ours: an alias `alias/<namespace>/<name>/<version>` for each version. KMS lets an alias be
 * made once, so that two replicas cannot both make a version.
 */
export class KmsDirectory {
  /** Disabled for good: never asked for again. */
  private readonly over = new Map<string, Described>();

  constructor(
    private readonly kms: KmsCaller,
    private readonly namespace: string,
  ) {}

  aliasOf = (name: string, version: number): string => `alias/${this.namespace}/${name}/${version}`;

  async describe(name: string, version: number): Promise<Described | undefined> {
    const alias = this.aliasOf(name, version);
    const known = this.over.get(alias);
    if (known) return known;
    const metadata = await this.metadata(alias);
    if (!metadata) return undefined;
    const described = this.described(name, version, metadata, await this.tags(metadata.KeyId!));
    if (described.tags.disabledAt) this.over.set(alias, described);
    return described;
  }

  private async metadata(alias: string): Promise<KeyMetadata | undefined> {
    try {
      const command = new DescribeKeyCommand({ KeyId: alias });
      return (await this.kms.raw((client, options) => client.send(command, options))).KeyMetadata;
    } catch (error) {
      if (isNamed(error, 'NotFoundException')) return undefined;
      throw refusalOf(error);
    }
  }

  private async tags(keyId: string): Promise<KeyTags | undefined> {
    const command = new ListResourceTagsCommand({ KeyId: keyId });
    const { Tags = [] } = await this.kms.call((client, options) => client.send(command, options));
    return fromTags(Tags);
  }

  /** An alias can be pointed elsewhere; a key whose tags speak of another version is none of ours. */
  private described(name: string, version: number, metadata: KeyMetadata, tags: KeyTags | undefined): Described {
    if (tags?.name !== name || tags.version !== version)
      throw refuse('key_conflict', {}, `${this.aliasOf(name, version)} points to a key of other tags`);
    const halt = HALTED[metadata.KeyState ?? ''] ?? (tags.disabledAt ? 'disabled' : undefined);
    const { use, activatedAt } = tags;
    const held: HeldKey = {
      name,
      version,
      use,
      createdAt: metadata.CreationDate ?? new Date(0),
      ...(activatedAt && { activatedAt }),
      ...(halt && { halt }),
      ref: metadata.Arn!,
    };
    return { held, tags };
  }

  /** @returns whether it was free */
  async claim(name: string, version: number, keyId: string): Promise<boolean> {
    const command = new CreateAliasCommand({ AliasName: this.aliasOf(name, version), TargetKeyId: keyId });
    try {
      await this.kms.raw((client, options) => client.send(command, options));
      return true;
    } catch (error) {
      if (isNamed(error, 'AlreadyExistsException')) return false;
      throw refusalOf(error);
    }
  }

  async names(): Promise<string[]> {
    const prefix = `alias/${this.namespace}/`;
    const found = new Set<string>();
    let marker: string | undefined;
    do {
      const command = new ListAliasesCommand({ Limit: 100, ...(marker && { Marker: marker }) });
      const page = await this.kms.call((client, options) => client.send(command, options));
      for (const { AliasName = '' } of page.Aliases ?? [])
        if (AliasName.startsWith(prefix)) found.add(AliasName.slice(prefix.length, AliasName.lastIndexOf('/')));
      marker = page.Truncated ? page.NextMarker : undefined;
    } while (marker);
    return [...found];
  }
}
