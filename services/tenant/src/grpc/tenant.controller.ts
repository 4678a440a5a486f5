import { Controller, Inject } from '@nestjs/common';
import { tenant } from '@countersign/contracts';
import { Rpc, type Call } from '@countersign/platform';
import { ControlPlane } from '../control/control-plane.js';
import { relatedOriginsOf } from '../domain/origins.js';
import { Directory, type KnownTenant, type RegisteredApplication } from '../store/directory.js';
import { SnapshotFeed } from '../store/snapshot-feed.js';
import { RefusalRecord } from './refusal-record.js';

const { TenantServiceService: rpc } = tenant;
const MOST_TENANTS = 200;
/** An answer must leave before the deadline of the call that waits for it. */
const BEFORE_DEADLINE_MS = 250;

@Controller()
export class TenantController {
  constructor(
    @Inject(ControlPlane) private readonly control: ControlPlane,
    @Inject(Directory) private readonly directory: Directory,
    @Inject(SnapshotFeed) private readonly feed: SnapshotFeed,
    @Inject(RefusalRecord) private readonly refusals: RefusalRecord,
  ) {}

  @Rpc(rpc.createTenant)
  async createTenant(request: tenant.CreateTenantRequest, call: Call): Promise<tenant.CreateTenantResponse> {
    const { slug, name, rpId } = request;
    return this.refusals.of('tenant.created', '', call, async () => {
      return { tenant: toTenant(await this.control.createTenant({ slug, name, rpId }, call.requestId)) };
    });
  }

  @Rpc(rpc.listTenants)
  async listTenants(request: tenant.ListTenantsRequest): Promise<tenant.ListTenantsResponse> {
    const limit = Math.min(request.limit || MOST_TENANTS, MOST_TENANTS);
    const found = await this.directory.page(request.cursor, limit + 1);
    const page = found.slice(0, limit);
    return { tenants: page.map(toTenant), nextCursor: found.length > limit ? page.at(-1)!.slug : '' };
  }

  @Rpc(rpc.createApplication)
  async createApplication(
    request: tenant.CreateApplicationRequest,
    call: Call,
  ): Promise<tenant.CreateApplicationResponse> {
    const { tenant: slug, ...wanted } = request;
    return this.refusals.of('application.created', slug, call, async () => {
      const { secret = '', ...made } = await this.control.createApplication(slug, wanted, call.requestId);
      const { rpId } = await this.directory.bySlug(slug);
      return { application: toApplication({ ...made, hasSecret: secret !== '' }, rpId), clientSecret: secret };
    });
  }

  @Rpc(rpc.updateApplication)
  async updateApplication(
    request: tenant.UpdateApplicationRequest,
    call: Call,
  ): Promise<tenant.UpdateApplicationResponse> {
    const { tenant: slug, clientId, ...wanted } = request;
    return this.refusals.of('application.changed', slug, call, async () => {
      const { changed, ...made } = await this.control.updateApplication(slug, clientId, wanted, call.requestId);
      const { rpId } = await this.directory.bySlug(slug);
      return { application: toApplication(made, rpId), changed };
    });
  }

  @Rpc(rpc.listApplications)
  async listApplications(request: tenant.ListApplicationsRequest): Promise<tenant.ListApplicationsResponse> {
    const { tenant: id, rpId } = await this.directory.bySlug(request.tenant);
    const applications = await this.directory.applications(id);
    return { applications: applications.map((each) => toApplication(each, rpId)) };
  }

  @Rpc(rpc.getPolicy)
  async getPolicy(request: tenant.GetPolicyRequest): Promise<tenant.GetPolicyResponse> {
    const { tenant: id } = await this.directory.bySlug(request.tenant);
    const { version, document } = await this.directory.activePolicy(id);
    return { version, document: JSON.stringify(document) };
  }

  @Rpc(rpc.putPolicy)
  async putPolicy(request: tenant.PutPolicyRequest, call: Call): Promise<tenant.PutPolicyResponse> {
    const { tenant: slug, document, basedOn } = request;
    return this.refusals.of('policy.activated', slug, call, async () => ({
      version: await this.control.putPolicy(slug, document, basedOn, call.requestId),
    }));
  }

  @Rpc(rpc.addOperator)
  async addOperator(request: tenant.AddOperatorRequest, call: Call): Promise<tenant.AddOperatorResponse> {
    const { tenant: slug, subject, roles } = request;
    return this.refusals.of('operator.added', slug, call, async () => {
      await this.control.addOperator(slug, { subject, roles }, call.requestId);
      return {};
    });
  }

  @Rpc(rpc.listOperators)
  async listOperators(request: tenant.ListOperatorsRequest): Promise<tenant.ListOperatorsResponse> {
    const { tenant: id } = await this.directory.bySlug(request.tenant);
    const operators = await this.directory.operators(id);
    return { operators: operators.map(({ subject, roles }) => ({ subject, roles: [...roles] })) };
  }

  @Rpc(rpc.signSnapshots)
  signSnapshots(_: tenant.SignSnapshotsRequest, call: Call): Promise<tenant.SignSnapshotsResponse> {
    return this.control.signAgain(call.requestId);
  }

  @Rpc(rpc.watch)
  async watch(request: tenant.WatchRequest, call: Call): Promise<tenant.WatchResponse> {
    const until = Math.min(Date.now() + request.waitMs, call.deadline - BEFORE_DEADLINE_MS);
    return { snapshots: await this.feed.after(request.after, request.limit, until) };
  }
}

const toTenant = ({ tenant: id, slug, name, rpId, createdAt }: KnownTenant): tenant.Tenant => ({
  id,
  slug,
  name,
  rpId,
  createdAt: createdAt.toISOString(),
});

const toApplication = (
  { origins, scopes, jwks, ...rest }: RegisteredApplication,
  rpId: string,
): tenant.Application => ({
  ...rest,
  origins: [...origins],
  relatedOrigins: relatedOriginsOf(origins, rpId),
  scopes: [...scopes],
  jwks: jwks ? JSON.stringify(jwks) : '',
});
