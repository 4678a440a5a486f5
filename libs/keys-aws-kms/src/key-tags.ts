import type { Tag } from '@aws-sdk/client-kms';
import type { KeyUse } from '@countersign/keys';

/** What stands in the tags of a key besides what KMS itself knows of it. */
export interface KeyTags {
  name: string;
  version: number;
  use: KeyUse;
  activatedAt?: Date;
  disabledAt?: Date;
  /** Public point, for when KMS does not tell it any more. */
  x?: string;
  y?: string;
}

const PREFIX = 'countersign:';

const text = (value: string | number | Date): string => (value instanceof Date ? value.toISOString() : String(value));

export const toTags = (tags: Partial<KeyTags>): Tag[] =>
  Object.entries(tags).flatMap(([key, value]) =>
    value === undefined ? [] : [{ TagKey: PREFIX + key, TagValue: text(value) }],
  );

/** Undefined for a key of somebody else's. */
export function fromTags(tags: readonly Tag[]): KeyTags | undefined {
  const values = new Map(tags.map(({ TagKey, TagValue }) => [TagKey, TagValue]));
  const of = (key: keyof KeyTags): string | undefined => values.get(PREFIX + key);
  const date = (key: keyof KeyTags): Date | undefined => (of(key) ? new Date(of(key)!) : undefined);
  const [name, version, use] = [of('name'), Number(of('version')), of('use')];
  if (!name || !Number.isInteger(version) || (use !== 'sign' && use !== 'wrap')) return undefined;
  const [activatedAt, disabledAt, x, y] = [date('activatedAt'), date('disabledAt'), of('x'), of('y')];
  return {
    name,
    version,
    use,
    ...(activatedAt && { activatedAt }),
    ...(disabledAt && { disabledAt }),
    ...(x && { x }),
    ...(y && { y }),
  };
}
