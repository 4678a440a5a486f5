import { canonicalBytes, sha256, toBase64Url } from '@countersign/kernel';
import type { MetadataBlob, MetadataEntry } from './entry.js';
import { effectiveStatuses } from './statuses.js';

const DAY_MS = 86_400_000;

/** In the place of a key identifier: an anchor vouches for the credential, and nobody for the AAGUID it names. */
export const ONLY_CLAIMED = 'claimed';

/** What tells one model of authenticator from another. */
export interface Model {
  /** UUID text, lower case; all zeros for models of the time before FIDO2. */
  aaguid: string;
  /** Hex SHA-1 of the attestation certificate's public key, for those; `ONLY_CLAIMED`; otherwise empty. */
  keyIdentifier: string;
}

/** A BLOB by model. */
export class MetadataIndex {
  private readonly byAaguid: ReadonlyMap<string, MetadataEntry>;
  private readonly byKey: ReadonlyMap<string, MetadataEntry>;

  constructor(private readonly blob: MetadataBlob) {
    this.byAaguid = new Map(blob.entries.flatMap((entry) => (entry.aaguid ? [[entry.aaguid, entry] as const] : [])));
    this.byKey = new Map(blob.entries.flatMap((entry) => entry.keyIdentifiers.map((key) => [key, entry] as const)));
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

  find({ aaguid, keyIdentifier }: Model): MetadataEntry | undefined {
    return this.byAaguid.get(aaguid) ?? this.byKey.get(keyIdentifier);
  }

  /** Whether the next issue is overdue by more than so many days; a BLOB that was never there is not overdue. */
  isStale(now: Date, days: number): boolean {
    return this.no > 0 && now.getTime() > Date.parse(this.nextUpdate) + (days + 1) * DAY_MS;
  }

  /**
   * Says the same as long as every model has the same effective statuses: what enrolled devices are judged by. It also
   * changes on the day a report of the same BLOB comes into effect.
   */
  fingerprint(now: Date): string {
    const rows = this.blob.entries.map((entry) => [
      entry.aaguid ?? '',
      [...entry.keyIdentifiers].sort(),
      effectiveStatuses(entry, now),
    ]);
    const sorted = rows.map((row) => JSON.stringify(row)).sort();
    return toBase64Url(sha256(canonicalBytes(sorted)));
  }
}
