import { SERVICES } from '@countersign/contracts';
import { isUniqueViolation, type Database, type Queryable } from '@countersign/database';
import { sparing, type Apply, type DeliveredMessage } from '@countersign/event-bus';
import { PLATFORM_TENANT } from '@countersign/kernel';
import { appendEvent } from '@countersign/outbox';
import type { ServiceBase } from '@countersign/service-base';
import type { QuarantineChoice } from '../domain/quarantine.js';
import type { Quarantine, QuarantinedMessage, Redriven } from '../ports.js';
import { judge, type Also, type Judged } from './log-writer.js';

const LIST = {
  name: '',
  text: `select id, topic, partition, "offset", log, reason, detail, at, written_at as "writtenAt", traceparent,
                event_id as "eventId", tenant, type, octet_length(leaf) as bytes, case when $6 then substring(leaf from 1 for 262144) end as leaf, tries,
                taken_at as "takenAt"
           from quarantine
          where id > $7 and ($5 or taken_at is null) and ($1::text is null or topic = $1) and ($2::int is null or partition = $2)
            and ($3::bigint is null or "offset" = $3) and ($4::text is null or reason = $4)
          order by id limit $8`,
};
const TAKE = { name: 'quarantine_take', text: 'select * from quarantine_take($1, $2, $3, $4, $5, $6)' };
const SETTLE = { name: 'quarantine_settle', text: 'select quarantine_settle($1, $2, $3)' };

/** Judged again in one transaction. */
const PAGE = 200;
const NOBODY = '00000000-0000-0000-0000-000000000000';
const ATTEMPTS = 3;

interface Row {
  id: bigint;
  topic: string;
  partition: number;
  offset: bigint;
  event_id: string | null;
  tenant: string | null;
  type: string;
  reason: string;
  unreadable: string;
  leaf: Buffer;
  sealed: Buffer | null;
}

type Verdict = Pick<Redriven, 'taken' | 'reason' | 'detail'>;

/** What could not go into the log. Rows stay for ever, also of what went into it later. */
export class PgQuarantine implements Quarantine {
  constructor(
    private readonly database: Database,
    private readonly events: Pick<ServiceBase, 'leaf' | 'wake'>,
    private readonly also: Also,
  ) {}

  async list(
    { topic, partition, offset, reason }: QuarantineChoice,
    { taken, whole, after, limit }: { taken: boolean; whole: boolean; after: bigint; limit: number },
  ): Promise<QuarantinedMessage[]> {
    const choice = [topic, partition, offset, reason].map((value) => value ?? null);
    return (await this.database.query<QuarantinedMessage>(LIST, [...choice, taken, whole, after, limit])).rows;
  }

  /** What comes in at the same moment by the topic makes it begin again: then it is known. */
  async redrive(choice: QuarantineChoice, after: bigint, by: string, request: string): Promise<Redriven[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const redriven = await this.attempt(choice, after, by, request);
        this.events.wake();
        return redriven;
      } catch (error) {
        if (!isUniqueViolation(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  private attempt(choice: QuarantineChoice, after: bigint, by: string, request: string): Promise<Redriven[]> {
    return sparing((apply) =>
      this.database.transaction(async (tx) => {
        const { topic, partition, offset, reason } = choice;
        const wanted = [topic, partition, offset, reason].map((value) => value ?? null);
        const { rows } = await tx.query<Row>(TAKE, [...wanted, after, PAGE]);
        const redriven: Redriven[] = [];
        for (const source of SERVICES)
          redriven.push(
            ...(await this.judgeTopic(
              tx,
              source,
              rows.filter((row) => row.topic === source),
              apply,
            )),
          );
        if (rows.length > 0) await this.record(tx, choice, redriven, by, request);
        return redriven.sort((one, other) => (one.id < other.id ? -1 : 1));
      }),
    );
  }

  private async judgeTopic(tx: Queryable, topic: string, rows: readonly Row[], apply: Apply): Promise<Redriven[]> {
    if (rows.length === 0) return [];
    const messages = new Map(rows.map((row) => [messageOf(row), row]));
    const judged = await judge(tx, { topic, messages: [...messages.keys()] }, apply, this.also, new Date());
    const verdicts = verdictsOf(judged);
    const redriven = [...messages].map(([message, { id, partition, offset }]) => ({
      ...{ id, topic, partition, offset },
      ...verdicts.get(message)!,
    }));
    await tx.query(SETTLE, [
      redriven.map(({ id }) => id),
      redriven.map(({ reason }) => reason),
      redriven.map(({ detail }) => detail),
    ]);
    return redriven;
  }

  private async record(
    tx: Queryable,
    { topic, partition, offset, reason }: QuarantineChoice,
    redriven: readonly Redriven[],
    by: string,
    request: string,
  ): Promise<void> {
    const facts = {
      by,
      tried: `${redriven.length}`,
      taken: `${redriven.filter(({ taken }) => taken).length}`,
      ...(topic && { place: offset === undefined ? topic : `${topic}/${partition}/${offset}` }),
      ...(reason && { reason }),
    };
    const about = { tenant: PLATFORM_TENANT, outcome: 'success', request } as const;
    await appendEvent(tx, this.events.leaf({ type: 'quarantine.redriven', ...about, facts }));
  }
}

const messageOf = ({ offset, event_id: eventId, tenant, type, unreadable, leaf, sealed }: Row): DeliveredMessage => ({
  ...{ offset, type, leaf },
  eventId: eventId ?? NOBODY,
  tenant: tenant ?? NOBODY,
  ...(unreadable && { unreadable }),
  ...(sealed && { sealed }),
});

function verdictsOf({ accepted, outcasts }: Judged): Map<DeliveredMessage, Verdict> {
  const verdicts = new Map<DeliveredMessage, Verdict>();
  for (const message of accepted) verdicts.set(message, { taken: true, reason: '', detail: '' });
  for (const { message, reason, detail = '' } of outcasts) verdicts.set(message, { taken: false, reason, detail });
  return verdicts;
}
