import { session } from '@countersign/contracts';
import { actionHash, refuse, unixSeconds, uuidv7, type ActionDocument } from '@countersign/kernel';
import { MemoryBacking, SoftwareKeyStore, TokenSigner, jwksOf } from '@countersign/keys';
import { CALLER_TOKEN, Dispatcher, ServiceMetrics, createLog, type InProcessNetwork } from '@countersign/platform';

/** A person who is signed in, as session would say it. */
export interface SignedIn {
  tenant: string;
  clientId: string;
  subject: string;
  pseudonym: string;
  session: string;
}

type Claims = Record<string, unknown>;

/** Stands in for session: real keys sign caller tokens and grants, and it remembers which devices it was told to end. */
export class SessionDouble {
  readonly ended: session.EndDeviceRequest[] = [];
  /** While true it answers nothing. */
  down = false;

  private constructor(
    private readonly keys: SoftwareKeyStore,
    private readonly signer: TokenSigner,
  ) {}

  static async start(...networks: InProcessNetwork[]): Promise<SessionDouble> {
    const keys = new SoftwareKeyStore('memory', new MemoryBacking());
    await keys.create('caller', 'sign');
    const double = new SessionDouble(keys, new TokenSigner(keys, 'caller'));
    for (const network of networks) await double.serve(network);
    return double;
  }

  serve = (network: InProcessNetwork) => network.serve('session', this.dispatcher());

  person(
    { tenant, clientId: client_id, subject: sub, pseudonym, session: sid }: SignedIn,
    path: string,
  ): Promise<string> {
    const auth_time = unixSeconds(new Date());
    return this.callerToken(path, { tenant, client_id, scope: '', sub, pseudonym, sid, acr: 'phr', auth_time });
  }

  server(tenant: string, scope: string, path: string): Promise<string> {
    return this.callerToken(path, { tenant, client_id: 'bank-server', scope });
  }

  /** A grant as session signs it; `changes` spoil single claims. */
  grant(
    who: SignedIn,
    credential: string,
    action: ActionDocument,
    changes: Claims = {},
    typ = 'countersign-grant+jwt',
  ): Promise<string> {
    const now = unixSeconds(new Date());
    return this.signer.sign(typ, {
      iss: 'countersign-session',
      aud: `countersign:${who.tenant}`,
      sub: who.subject,
      psn: who.pseudonym,
      sid: who.session,
      cid: who.clientId,
      cred: credential,
      act: action.name,
      ach: actionHash(action),
      acr: 'phr',
      auth_time: now,
      jti: uuidv7(),
      iat: now,
      exp: now + 60,
      ...changes,
    });
  }

  private callerToken(aud: string, claims: Claims): Promise<string> {
    const iat = unixSeconds(new Date());
    const times = { iat, exp: iat + CALLER_TOKEN.lifetime };
    return this.signer.sign(CALLER_TOKEN.typ, { iss: CALLER_TOKEN.issuer, aud, txn: uuidv7(), ...times, ...claims });
  }

  private async endDevice(request: session.EndDeviceRequest): Promise<session.EndDeviceResponse> {
    if (this.down) throw refuse('unavailable', { retryAfter: 1 });
    this.ended.push(request);
    return { ended: 1 };
  }

  private dispatcher(): Dispatcher {
    const { keys, endDevice, ...others } = session.SessionServiceService;
    const handlers = new Map<string, (request: unknown) => Promise<unknown>>();
    for (const { path } of Object.values(others)) handlers.set(path, () => Promise.reject(new Error('not served')));
    handlers.set(keys.path, async () => ({ jwks: JSON.stringify(await jwksOf(this.keys, 'caller')) }));
    handlers.set(endDevice.path, (request) => this.endDevice(request as session.EndDeviceRequest));
    return new Dispatcher({
      service: 'session',
      definitions: [session.SessionServiceService],
      handlers,
      verifyCaller: () => Promise.reject(new Error('not served')),
      onRefused: () => undefined,
      log: createLog('silent'),
      metrics: new ServiceMetrics(),
    });
  }
}
