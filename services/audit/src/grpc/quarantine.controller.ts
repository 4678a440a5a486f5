import { Controller, Inject } from '@nestjs/common';
import { SERVICES, audit } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import { Rpc, type Call } from '@countersign/platform';
import { readChoice, type QuarantineChoice } from '../domain/quarantine.js';
import type { Quarantine, QuarantinedMessage } from '../ports.js';
import { QUARANTINE } from '../tokens.js';

const MOST = 200;
/** With their bytes: a message may have a MiB. */
const MOST_WHOLE = 3;

/** For the command line of the installation: what could not go into the log belongs to no tenant we know. */
@Controller()
export class QuarantineController {
  constructor(@Inject(QUARANTINE) private readonly quarantine: Quarantine) {}

  @Rpc(audit.AuditServiceService.listQuarantine)
  async listQuarantine(request: audit.ListQuarantineRequest): Promise<audit.ListQuarantineResponse> {
    const { taken, whole, after } = request;
    const most = whole ? MOST_WHOLE : MOST;
    const limit = request.limit === 0 ? most : request.limit;
    if (limit > MOST) throw refuse('request_invalid', { errors: [{ path: 'limit', message: `1 to ${MOST}` }] });
    const query = { taken, whole, after, limit: Math.min(limit, most) };
    const found = await this.quarantine.list(choiceOf(request.choice), query);
    return { messages: found.map(told), next: found.length === query.limit ? found.at(-1)!.id : 0n };
  }

  @Rpc(audit.AuditServiceService.redriveQuarantine)
  async redriveQuarantine(
    { choice, after }: audit.RedriveQuarantineRequest,
    { caller, requestId }: Call,
  ): Promise<audit.RedriveQuarantineResponse> {
    const messages = await this.quarantine.redrive(choiceOf(choice), after, caller, requestId);
    return { messages, next: messages.at(-1)?.id ?? 0n };
  }
}

const choiceOf = (choice: audit.QuarantineChoice | undefined): QuarantineChoice => readChoice(choice ?? {}, SERVICES);

const told = (message: QuarantinedMessage): audit.QuarantinedMessage => ({
  ...message,
  at: message.at.toISOString(),
  writtenAt: message.writtenAt?.toISOString() ?? '',
  takenAt: message.takenAt?.toISOString() ?? '',
  eventId: message.eventId ?? '',
  tenant: message.tenant ?? '',
  leaf: message.leaf ?? Buffer.alloc(0),
});
