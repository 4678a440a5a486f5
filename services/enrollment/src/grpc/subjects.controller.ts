import { Controller, Inject } from '@nestjs/common';
import { enrollment } from '@countersign/contracts';
import { Rpc, type Call } from '@countersign/platform';
import { serverOf } from '../flows/caller.js';
import type { Imports } from '../flows/import/import-credentials.js';
import type { Subjects } from '../flows/subjects.js';
import type { Tickets } from '../flows/tickets.js';
import type { Parts } from '../parts.js';
import { IMPORTS, PARTS, SUBJECTS, TICKETS } from '../tokens.js';

/** What a tenant's server does, and the ticket's holder first. */
@Controller()
export class SubjectsController {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    @Inject(SUBJECTS) private readonly subjects: Subjects,
    @Inject(TICKETS) private readonly tickets: Tickets,
    @Inject(IMPORTS) private readonly imports: Imports,
  ) {}

  @Rpc(enrollment.EnrollmentServiceService.createSubject)
  async createSubject(request: enrollment.CreateSubjectRequest, call: Call): Promise<enrollment.CreateSubjectResponse> {
    const caller = serverOf(this.parts, call, 'subjects:write', request.tenant);
    return this.subjects.create(caller, request, call.requestId);
  }

  @Rpc(enrollment.EnrollmentServiceService.getSubject)
  async getSubject({ subject: id }: enrollment.GetSubjectRequest, call: Call): Promise<enrollment.GetSubjectResponse> {
    const { tenant } = serverOf(this.parts, call, 'subjects:read');
    const { subject, reference, displayName, createdAt, activeCredentials } = await this.subjects.read(tenant, id);
    return { subject, reference, displayName, createdAt: createdAt.toISOString(), activeCredentials };
  }

  @Rpc(enrollment.EnrollmentServiceService.issueTicket)
  async issueTicket(request: enrollment.IssueTicketRequest, call: Call): Promise<enrollment.IssueTicketResponse> {
    const caller = serverOf(this.parts, call, 'subjects:write', request.tenant);
    const { subject, withPin } = request;
    const { ticket, pin, expiresAt } = await this.tickets.issue(caller, subject, withPin, call.requestId);
    return { ticket, pin, expiresAt: expiresAt.toISOString() };
  }

  @Rpc(enrollment.EnrollmentServiceService.importCredentials)
  async importCredentials(
    { tenant, lines, dryRun }: enrollment.ImportCredentialsRequest,
    call: Call,
  ): Promise<enrollment.ImportCredentialsResponse> {
    const caller = serverOf(this.parts, call, 'subjects:write', tenant);
    const outcomes = await this.imports.run({ ...caller, lines, dryRun, request: call.requestId });
    return {
      outcomes: outcomes.map(({ outcome, code = '', errors: faults = [] }) => ({ outcome, code, faults })),
    };
  }

  @Rpc(enrollment.EnrollmentServiceService.openTicket)
  async openTicket(request: enrollment.OpenTicketRequest, call: Call): Promise<enrollment.OpenTicketResponse> {
    const { binding, expiresAt, displayName } = await this.tickets.open(request, call);
    return { binding, expiresAt: expiresAt.toISOString(), displayName };
  }
}
