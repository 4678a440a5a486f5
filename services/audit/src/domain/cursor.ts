import { fromBase64Url, refuse, toBase64Url, utf8 } from '@countersign/kernel';

/** A place in a tenant's logs. */
export interface Place {
  log: string;
  index: bigint;
}

export const writeCursor = ({ log, index }: Place): string => toBase64Url(utf8(`${log}.${index}`));

/** @throws `cursor_invalid` */
export function readCursor(cursor: string): Place | undefined {
  if (cursor === '') return undefined;
  const match = /^(\d{4}h[12])\.(\d{1,18})$/.exec(new TextDecoder().decode(fromBase64Url(cursor) ?? new Uint8Array()));
  if (!match) throw refuse('cursor_invalid');
  return { log: match[1]!, index: BigInt(match[2]!) };
}
