import { session } from '@countersign/contracts';
import { refuse, uuidv7 } from '@countersign/kernel';
import type { CallerIdentity } from '@countersign/platform';
import { issueCallerToken, type Handlers } from './serve.js';

interface Held {
  identity: CallerIdentity;
  csrf: string;
  alive: boolean;
}

/** Sessions and tokens in memory, with session's rules as far as the gateway can see them. */
export class FakeSession {
  readonly held = new Map<string, Held>();
  readonly checks: session.CheckRequest[] = [];
  /** What is answered to whatever carries a token or a proof. */
  refuses: Error | undefined;
  nonce = '';
  /** Answers are held back until this settles. */
  slow: Promise<void> = Promise.resolve();

  person(tenant: string, clientId: string): { secret: string; csrf: string; session: string; subject: string } {
    const [secret, csrf, id, subject] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()];
    const person = { subject, pseudonym: 'p_1', session: id, acr: 'phr', authTime: 1_795_334_700 };
    this.held.set(secret, { identity: { tenant, clientId, scopes: [], person }, csrf, alive: true });
    return { secret, csrf, session: id, subject };
  }

  server(tenant: string, clientId: string, scopes: string[]): string {
    const secret = uuidv7();
    this.held.set(secret, { identity: { tenant, clientId, scopes }, csrf: '', alive: true });
    return secret;
  }

  handlers(): Handlers<typeof session.SessionServiceService> {
    return {
      check: async (request) => this.check(request),
      current: (_request, call) => ({ session: this.view(call.identity!), csrfToken: 'csrf' }),
      mintAccessToken: () => ({ accessToken: 'at', expiresIn: 420, tokenType: 'Bearer' }),
      listSessions: (_request, call) => ({ sessions: [this.view(call.identity!)] }),
      endSession: () => Promise.reject(refuse('not_found')),
      signOut: (_request, call) => {
        for (const held of this.held.values()) if (held.identity === call.identity) held.alive = false;
        return {};
      },
      signOutOthers: () => Promise.reject(refuse('step_up_required', { acrValues: 'phr', maxAge: 300 })),
      signOutAll: () => ({ ended: 2 }),
      issuer: ({ tenant }) => {
        if (tenant === 'absent') throw refuse('not_found');
        return { issuer: `http://localhost/v1/t/${tenant}`, jwks: '{"keys":[]}' };
      },
      clientToken: ({ credential, scope, proof }) => {
        this.mayRefuse();
        if (credential?.value !== 'right') throw refuse('client_refused');
        return { accessToken: 'server-token', expiresIn: 420, scope, ...this.kind(proof) };
      },
      refresh: ({ refreshToken, proof }) => {
        this.mayRefuse();
        if (refreshToken !== 'right') throw refuse('refresh_refused');
        return { accessToken: 'at', refreshToken: 'next', expiresIn: 420, ...this.kind(proof) };
      },
      revoke: () => {
        this.mayRefuse();
        return { dpopNonce: this.nonce };
      },
      introspect: ({ token }) => ({
        ...session.IntrospectResponse.fromPartial({}),
        active: token === 'alive',
        subject: 'subject',
        stepUp: { required: true, acrValues: 'phr', maxAge: 60 },
      }),
    };
  }

  private async check(request: session.CheckRequest): Promise<session.CheckResponse> {
    this.checks.push(request);
    await this.slow;
    this.mayRefuse();
    const held = this.held.get(request.presented?.value ?? '');
    if (!held?.alive) throw refuse(request.presented?.$case === 'cookie' ? 'session_unknown' : 'token_invalid');
    const { identity, csrf } = held;
    if (request.presented?.$case === 'cookie' && !request.safe && request.csrfToken !== csrf)
      throw refuse('csrf_refused');
    if (request.requiredScope && !identity.scopes.includes(request.requiredScope)) throw refuse('scope_missing');
    return {
      callerToken: issueCallerToken(identity, request.method),
      tenant: identity.tenant,
      subject: identity.person?.subject ?? '',
      clientId: identity.clientId,
      dpopNonce: this.nonce,
    };
  }

  private mayRefuse(): void {
    if (this.refuses) throw this.refuses;
  }

  private kind(proof: object | undefined): { tokenType: string; dpopNonce: string } {
    return { tokenType: proof ? 'DPoP' : 'Bearer', dpopNonce: this.nonce };
  }

  private view({ clientId, person }: CallerIdentity): session.Session {
    return session.Session.fromPartial({
      id: person!.session,
      subject: person!.subject,
      clientId,
      acr: person!.acr,
      authTime: BigInt(person!.authTime),
      createdAt: '2026-11-22T08:00:00.000Z',
      lastActiveAt: '2026-11-22T08:00:00.000Z',
      current: true,
    });
  }
}
