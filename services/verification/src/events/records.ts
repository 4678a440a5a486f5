import { makeLeaf, type EventFields } from '@countersign/contracts';
import { uuidv7 } from '@countersign/kernel';
import type { ServiceBase } from '@countersign/service-base';
import type { Cause, RefusalRecord, Records as RecordsPort } from '../ports.js';
import type { DetailSealer, Sealed } from './detail-sealer.js';

const APPEND = { name: 'outbox_append', text: 'select outbox_append($1, $2, $3, $4, $5)' };

/** One event for each refusal, with the precise code; details sealed where it is known whose they are. */
export class Records implements RecordsPort {
  constructor(
    private readonly base: Pick<ServiceBase, 'database' | 'wake'>,
    private readonly sealer: DetailSealer,
  ) {}

  async refused(record: RefusalRecord, cause: Cause): Promise<void> {
    const id = uuidv7();
    const { tenant, holder, origin } = record;
    const sealed = holder && origin && (await this.sealer.seal(tenant, holder, id, origin));
    const { leaf, type } = makeLeaf(fieldsOf(record, cause, sealed), new Date(), id);
    const values = [id, tenant, type, Buffer.from(leaf), sealed ? Buffer.from(sealed.sealed) : null];
    await this.base.database.query(APPEND, values);
    this.base.wake();
  }
}

const fieldsOf = (record: RefusalRecord, { requestId }: Cause, sealed: Sealed | undefined): EventFields => ({
  source: 'verification',
  type: record.type,
  tenant: record.tenant,
  outcome: 'refused',
  code: record.code,
  clause: record.clause,
  request: requestId,
  subject: record.holder?.pseudonym ?? record.pseudonym,
  client: record.clientId,
  credential: record.credential,
  session: record.session,
  policy: record.policyVersion,
  risk: record.risk,
  personal: sealed && { commitment: sealed.commitment, keyId: sealed.keyId },
  facts: Object.fromEntries(Object.entries(record.facts).map(([name, value]) => [name, String(value)])),
});
