import type { KeyProperties } from '@azure/keyvault-keys';
import type { HeldKey, KeyUse } from '@countersign/keys';

/** What stands in the tags of a key version: Key Vault tells a disabled key's properties, and nothing else of it. */
export interface VersionTags {
  namespace: string;
  name: string;
  version: string;
  use: KeyUse;
  activated?: string;
  disabled?: string;
  /** Public point of a signing key. */
  x?: string;
  y?: string;
  /** Of a wrapping key: the version of the key that signs what was wrapped. */
  seal?: string;
}

const VERSION = /^[1-9]\d{0,8}$/;

/** Undefined for a version of somebody else's. */
export function readTags({ tags }: KeyProperties, namespace: string, name: string): VersionTags | undefined {
  const read = tags as unknown as VersionTags | undefined;
  const ours = read?.namespace === namespace && read.name === name && VERSION.test(read.version);
  return ours && (read.use === 'sign' || read.use === 'wrap') ? read : undefined;
}

export const tagsFor = (tags: VersionTags): Record<string, string> => ({ ...tags });

export function heldOf(properties: KeyProperties, tags: VersionTags): HeldKey {
  const { activated, disabled } = tags;
  return {
    name: tags.name,
    version: Number(tags.version),
    use: tags.use,
    createdAt: properties.createdOn ?? new Date(0),
    ...(activated && { activatedAt: new Date(activated) }),
    ...((disabled || properties.enabled === false) && { halt: 'disabled' as const }),
    ref: properties.id!,
  };
}
