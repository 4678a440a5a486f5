import type { Database } from '@countersign/database';
import { PLATFORM_TENANT } from '@countersign/kernel';
import { appendEvent } from '@countersign/outbox';
import type { EventWriter } from '@countersign/service-base';
import { isSame, type FoundManifest, type SaidManifest } from '../domain/manifest.js';
import type { ManifestBook } from '../ports.js';

const HELD = {
  name: 'manifest_held',
  text: 'select events, quarantined, digest, passed from manifest_held($1, uuid_at($2), uuid_at($3))',
};
const MISSING = { name: 'manifest_missing', text: 'select id from manifest_missing($1, $2) as id' };
const CONFIRM = { name: 'manifest_confirm', text: 'select manifest_confirm($1, $2, $3, $4) as first' };

type Held = Omit<FoundManifest, 'equal'> & { digest: Buffer };

/** Compares what sources say they wrote with the log, over all tenants; nothing but numbers and ids of the asker comes out. */
export class PgManifestBook implements ManifestBook {
  constructor(
    private readonly database: Database,
    private readonly events: Pick<EventWriter, 'leaf' | 'wake'>,
  ) {}

  async compare(source: string, said: SaidManifest, request: string): Promise<FoundManifest> {
    const { rows } = await this.database.query<Held>(HELD, [source, said.from, said.until]);
    const { digest, ...found } = rows[0]!;
    const equal = isSame(said, { events: found.events, digest });
    if (equal) await this.confirm(source, said, found.quarantined, request);
    return { ...found, equal };
  }

  async missing(source: string, ids: readonly string[]): Promise<string[]> {
    const { rows } = await this.database.query<{ id: string }>(MISSING, [source, ids]);
    return rows.map(({ id }) => id);
  }

  /** The event commits with the row that keeps it from being written twice. */
  private async confirm(source: string, said: SaidManifest, quarantined: number, request: string): Promise<void> {
    const { from, until, events, digest } = said;
    const first = await this.database.transaction(async (tx) => {
      const { rows } = await tx.query<{ first: boolean }>(CONFIRM, [source, from, until, digest]);
      if (!rows[0]!.first) return false;
      const facts = {
        source,
        from: from.toISOString(),
        until: until.toISOString(),
        events: String(events),
        digest: Buffer.from(digest).toString('hex'),
        quarantined: String(quarantined),
      };
      const event = {
        type: 'manifest.confirmed',
        outcome: 'success',
        tenant: PLATFORM_TENANT,
        request,
        facts,
      } as const;
      await appendEvent(tx, this.events.leaf(event));
      return true;
    });
    if (first) this.events.wake();
  }
}
