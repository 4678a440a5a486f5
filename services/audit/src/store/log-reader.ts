import type { Database } from '@countersign/database';
import type { LogReader, SearchQuery, StoredLeaf } from '../ports.js';

const TEXT = (ascending: boolean): string => `
  select l.log, l.index, l.leaf, d.sealed
    from leaf l left join details d on d.event_id = l.event_id
   where l.tenant = $1
     and ($2::text[] is null or l.type = any ($2))
     and ($3::text is null or l.subject = $3)
     and ($4::text is null or l.subject = $4 or l.credential = $4 or l.session = $4 or l.request = $4)
     and ($5::text is null or l.outcome = $5)
     and ($6::timestamptz is null or l.time >= $6)
     and ($7::timestamptz is null or l.time < $7)
     and ($8::text is null or (l.log, l.index) ${ascending ? '>' : '<'} ($8, $9::bigint))
   order by l.log ${ascending ? 'asc' : 'desc'}, l.index ${ascending ? 'asc' : 'desc'}
   limit $10`;

const SEARCH = { true: TEXT(true), false: TEXT(false) };

/** The plan of a search must see which conditions are there; all other statements keep one plan. */
const SEE_VALUES = { name: 'see_values', text: `select set_config('plan_cache_mode', 'force_custom_plan', true)` };

/** Reads one tenant's logs; row-level security holds even if a condition were forgotten. */
export class PgLogReader implements LogReader {
  constructor(private readonly database: Database) {}

  async search(tenant: string, query: SearchQuery): Promise<StoredLeaf[]> {
    const { types, subject, about, outcome, from, to, after, ascending, limit } = query;
    const values = [tenant, types, subject, about, outcome, from, to, after?.log, after?.index, limit];
    const statement = { name: '', text: SEARCH[`${ascending}`] };
    const { rows } = await this.database.inTenant(tenant, async (tx) => {
      await tx.query(SEE_VALUES);
      return tx.query<StoredLeaf>(
        statement,
        values.map((value) => value ?? null),
      );
    });
    return rows;
  }
}
