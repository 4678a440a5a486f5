import { canonicalBytes, sha256, toBase64Url } from '@countersign/kernel';
import type { MetadataBlob, MetadataEntry } from './entry.js';
import { effectiveStatuses } from './statuses.js';

const DAY_MS = 86_400_000;

/**
 * In the place of a key identifier, or before those of a compound attestation: an anchor vouches for the credential, and
 * nobody for the model it names.
 */
export const ONLY_CLAIMED = 'claimed';

/** What tells one model of authenticator from another. */
export interface Model {
  /** UUID text, lower case; all zeros for models of the time before FIDO2. */
  aaguid: string;
  /**
   * For those, hex SHA-1 of the attestation certificate's public key; several with blanks between them for a compound
   * attestation; `ONLY_CLAIMED`; otherwise empty.
   */
  keyIdentifier: string;
}

type Entries = ReadonlyMap<string, readonly MetadataEntry[]>;

function grouped(entries: readonly MetadataEntry[], namesOf: (entry: MetadataEntry) => readonly string[]): Entries {
  const groups = new Map<string, MetadataEntry[]>();
  for (const entry of entries)
    for (const name of namesOf(entry)) groups.set(name, [...(groups.get(name) ?? []), entry]);
  return groups;
}

/** A BLOB by model. */
export class MetadataIndex {
  private readonly byAaguid: Entries;
  private readonly byKey: Entries;

  constructor(private readonly blob: MetadataBlob) {
    this.byAaguid = grouped(blob.entries, ({ aaguid }) => (aaguid ? [aaguid] : []));
    this.byKey = grouped(blob.entries, ({ keyIdentifiers }) => keyIdentifiers);
  }

  /** Before any BLOB was taken. */
  static readonly empty = new MetadataIndex({ no: 0, nextUpdate: '', entries: [] });

  /** 0: no BLOB is held. */
  get no(): number {
    return this.blob.no;
  }

  get nextUpdate(): string {
    return this.blob.nextUpdate;
  }

  get size(): number {
    return this.blob.entries.length;
  }

  /** Entries that are not in form, and models that several entries name: the standard gives each one (FIDO MDS 3 §3.1.1). */
  get faults(): number {
    const named = [this.byAaguid, this.byKey].flatMap((by) => [...by.values()]);
    return (this.blob.unreadable ?? 0) + named.filter(({ length }) => length > 1).length;
  }

  /** Every entry that speaks of a model: mostly one. It has to satisfy all of them. */
  find(model: Model): readonly MetadataEntry[] {
    return this.groups(model).flat();
  }

  /** Whether there is an entry for it, and of a compound attestation for each of its models. */
  knows(model: Model): boolean {
    return this.groups(model).every(({ length }) => length > 0);
  }

  /** Trust anchors that all entries of a model name, and those of every model in a compound attestation; base64 DER. */
  roots(model: Model): string[] {
    const shared = this.groups(model).map(([first, ...others]) =>
      (first?.roots ?? []).filter((root) => others.every(({ roots }) => roots.includes(root))),
    );
    return [...new Set(shared.flat())];
  }

  private groups({ aaguid, keyIdentifier }: Model): (readonly MetadataEntry[])[] {
    const named = this.byAaguid.get(aaguid);
    return named ? [named] : keyIdentifier.split(' ').map((key) => this.byKey.get(key) ?? []);
  }

  /** Whether the next issue is overdue by more than so many days; a BLOB that was never there is not overdue. */
  isStale(now: Date, days: number): boolean {
    return this.no > 0 && now.getTime() > Date.parse(this.nextUpdate) + (days + 1) * DAY_MS;
  }

  /**
   * Says the same as long as every model has the same effective statuses and the same anchors: what enrolled devices are
   * judged by. It also changes on the day a report of the same BLOB comes into effect.
   */
  fingerprint(now: Date): string {
    const rows = this.blob.entries.map((entry) => [
      entry.aaguid ?? '',
      [...entry.keyIdentifiers].sort(),
      effectiveStatuses(entry, now),
      entry.roots.length === 0 ? '' : toBase64Url(sha256(Buffer.from([...entry.roots].sort().join(' ')))),
    ]);
    const sorted = rows.map((row) => JSON.stringify(row)).sort();
    return toBase64Url(sha256(canonicalBytes(sorted)));
  }
}
