import { equalBytes, refuse, sha256, toBase64Url, utf8, type Clock } from '@countersign/kernel';
import type { Call } from '@countersign/platform';
import type { Application, TenantSnapshot } from '@countersign/policy';
import { readAssertion } from '../domain/client-assertion.js';
import { tokenEndpointOf } from '../domain/issuer.js';
import type { AssertionStore, Events, Snapshots } from '../ports.js';
import type { Issuers } from './issuers.js';
import { refuseWith } from './session-events.js';

/** How a tenant's server says who it is. */
export type ClientCredential = { $case: 'clientSecret'; value: string } | { $case: 'assertion'; value: string };

export interface KnownClient {
  snapshot: TenantSnapshot;
  application: Application;
}

/** Authenticates a tenant's server: `client_secret` (RFC 6749 §2.3.1) or `private_key_jwt` (RFC 7523 §2.2). */
export class ClientAuthentication {
  constructor(
    private readonly snapshots: Snapshots,
    private readonly issuers: Issuers,
    private readonly assertions: AssertionStore,
    private readonly events: Events,
    private readonly clock: Clock,
  ) {}

  /**
   * @param slug the tenant whose endpoint was called, or empty
   * @throws `client_refused`
   */
  async authenticate(
    { slug, clientId, credential }: { slug: string; clientId: string; credential: ClientCredential | undefined },
    call: Call,
  ): Promise<KnownClient> {
    const client = this.find(clientId);
    if (!client) throw refuse('client_refused');
    const wrong = await this.wrong(client, slug, credential);
    if (wrong) await this.refused(client, wrong, call);
    return client;
  }

  refused({ snapshot, application }: KnownClient, reason: string, call: Call): Promise<never> {
    return refuseWith(this.events, 'client.refused', {
      tenant: snapshot.tenant,
      request: call.requestId,
      code: 'client_refused',
      about: { client: application.clientId },
      facts: { reason },
    });
  }

  find(clientId: string): KnownClient | undefined {
    try {
      return this.snapshots.byClient(clientId);
    } catch {
      return undefined;
    }
  }

  /** Why the client is refused, as its event says it; undefined when it is who it says. */
  private async wrong(
    client: KnownClient,
    slug: string,
    credential: ClientCredential | undefined,
  ): Promise<string | undefined> {
    if (slug !== '' && slug !== client.snapshot.slug) return 'tenant';
    if (client.application.type !== 'server') return 'type';
    if (credential?.$case === 'clientSecret')
      return isSecret(client.application, credential.value) ? undefined : 'secret';
    if (credential?.$case === 'assertion') return this.wrongAssertion(client, credential.value);
    return 'nothing presented';
  }

  private async wrongAssertion({ snapshot, application }: KnownClient, presented: string): Promise<string | undefined> {
    const { clientId, jwks } = application;
    const audiences = [this.issuers.issuer(snapshot), tokenEndpointOf(this.issuers.publicUrl)];
    const now = this.clock.now();
    const assertion = readAssertion(presented, { clientId, audiences, keys: jwks?.keys ?? [], now });
    if (!assertion) return 'assertion';
    const spent = await this.assertions.spend(snapshot.tenant, clientId, assertion.jti, new Date(assertion.exp * 1000));
    return spent ? undefined : 'assertion replayed';
  }
}

/** Secrets are 256 random bits, so a plain hash is enough; compared without telling where they differ. */
const isSecret = ({ secretHash }: Application, secret: string): boolean =>
  secretHash !== undefined && equalBytes(utf8(toBase64Url(sha256(secret))), utf8(secretHash));
