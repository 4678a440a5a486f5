import type { risk } from '@countersign/contracts';
import type { Database } from '@countersign/database';

const SIGHTINGS = {
  name: 'sightings_export',
  text: `select credential, platform, first_seen, last_seen from sighting
          where tenant = $1 and subject = $2 order by first_seen, credential, platform`,
};
const RECENT = {
  name: 'recent_export',
  text: 'select refused, sign_ins, last_day::text as last_day from recent where tenant = $1 and subject = $2',
};

interface SightingRow {
  credential: string;
  platform: string;
  first_seen: Date;
  last_seen: Date;
}

interface RecentRow {
  refused: string[];
  sign_ins: string[];
  last_day: string;
}

/** All that is remembered of a person, by pseudonym. */
export class HistoryExport {
  constructor(private readonly database: Database) {}

  of(tenant: string, subject: string): Promise<risk.ExportHistoryResponse> {
    return this.database.inTenant(tenant, async (tx) => {
      const { rows: sightings } = await tx.query<SightingRow>(SIGHTINGS, [tenant, subject]);
      const [recent] = (await tx.query<RecentRow>(RECENT, [tenant, subject])).rows;
      return {
        sightings: sightings.map(({ credential: device, platform, first_seen, last_seen }) => {
          return { device, platform, firstSeen: first_seen.toISOString(), lastSeen: last_seen.toISOString() };
        }),
        refused: recent?.refused ?? [],
        signIns: recent?.sign_ins ?? [],
        lastDay: recent?.last_day ?? '',
      };
    });
  }
}
