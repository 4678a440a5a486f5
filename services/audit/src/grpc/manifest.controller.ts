import { Controller, Inject } from '@nestjs/common';
import { audit } from '@countersign/contracts';
import { Rpc, type Call } from '@countersign/platform';
import { readIds, readManifest } from '../domain/manifest.js';
import type { ManifestBook } from '../ports.js';
import { MANIFEST_BOOK } from '../tokens.js';

/** Sources ask about what they wrote. Who the source is says its certificate, never the request. */
@Controller()
export class ManifestController {
  constructor(@Inject(MANIFEST_BOOK) private readonly book: ManifestBook) {}

  @Rpc(audit.AuditServiceService.compareManifest)
  async compareManifest(request: audit.CompareManifestRequest, call: Call): Promise<audit.CompareManifestResponse> {
    const said = readManifest(request, new Date());
    const { equal, events, quarantined, passed } = await this.book.compare(call.caller, said, call.requestId);
    return { equal, held: events, quarantined, passed };
  }

  @Rpc(audit.AuditServiceService.missingEvents)
  async missingEvents({ ids }: audit.MissingEventsRequest, call: Call): Promise<audit.MissingEventsResponse> {
    return { ids: await this.book.missing(call.caller, readIds(ids)) };
  }
}
