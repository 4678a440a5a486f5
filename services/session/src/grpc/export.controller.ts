import { Controller, Inject } from '@nestjs/common';
import { session } from '@countersign/contracts';
import { isUuid, refuse } from '@countersign/kernel';
import { Rpc } from '@countersign/platform';
import { SessionExport } from '../store/session-export.js';

const MOST = 200;

@Controller()
export class ExportController {
  constructor(@Inject(SessionExport) private readonly sessions: SessionExport) {}

  @Rpc(session.SessionServiceService.exportSessions)
  async exportSessions(request: session.ExportSessionsRequest): Promise<session.ExportSessionsResponse> {
    const { tenant, subject, after, limit } = request;
    const good = isUuid(tenant) && isUuid(subject) && (after === '' || isUuid(after)) && limit >= 1 && limit <= MOST;
    if (!good) throw refuse('request_invalid', {}, 'export');
    return { sessions: await this.sessions.page(tenant, subject, after, limit) };
  }
}
