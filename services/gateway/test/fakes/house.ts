import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { audit, enrollment, session, verification } from '@countersign/contracts';
import { TestInstallation } from '@countersign/service-testing';
import type { TenantSnapshot } from '@countersign/policy';
import type { StartedService } from '@countersign/platform';
import { service } from '../../src/service.js';
import { FakeAudit, FakeEnrollment, FakeVerification } from './neighbours.fake.js';
import { serveFake } from './serve.js';
import { FakeSession } from './session.fake.js';

export interface Sent {
  method?: string;
  headers?: Record<string, string | string[]>;
  /** An object goes as JSON, a string or bytes as they are. */
  body?: unknown;
  from?: string;
}

export interface Received {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json: Record<string, unknown>;
}

export const WEB = 'bank-web';
export const NATIVE = 'bank-native';
export const SERVER = 'bank-server';
export const OTHER = 'other-web';
export const ORIGIN = 'http://localhost:8401';
export const OTHER_ORIGIN = 'https://app.other.example';

/** The gateway on a real database and a real socket, with neighbours in memory. */
export class House {
  readonly session = new FakeSession();
  readonly enrollment = new FakeEnrollment();
  readonly verification = new FakeVerification();
  readonly audit = new FakeAudit();
  bank!: TenantSnapshot;
  other!: TenantSnapshot;
  gateway!: StartedService;

  private constructor(readonly installation: TestInstallation) {}

  static async open(options: { policy?: unknown; settings?: Record<string, unknown> } = {}): Promise<House> {
    const house = new House(await TestInstallation.open(['gateway']));
    const { network } = house.installation;
    await serveFake(network, 'session', session.SessionServiceService, house.session.handlers());
    await serveFake(network, 'enrollment', enrollment.EnrollmentServiceService, house.enrollment.handlers());
    await serveFake(network, 'verification', verification.VerificationServiceService, house.verification.handlers());
    await serveFake(network, 'audit', audit.AuditServiceService, house.audit.handlers());
    house.gateway = await house.startGateway(options.settings);
    await house.publish(options.policy);
    return house;
  }

  startGateway(settings: Record<string, unknown> = {}): Promise<StartedService> {
    return this.installation.start(service, { publicUrl: 'http://localhost:8400', ...settings });
  }

  async publish(
    policy: unknown = { limits: { perAddressPerMinute: 100_000, perUserPerMinute: 1_000 } },
  ): Promise<void> {
    const applications = [
      { clientId: WEB, type: 'web' as const, origins: [ORIGIN] },
      { clientId: NATIVE, type: 'native' as const, origins: ['android:apk-key-hash:x'] },
      { clientId: SERVER, type: 'server' as const, origins: [] },
    ];
    const { installation } = this;
    this.bank = await installation.tenant({
      slug: 'bank',
      policy,
      applications,
      ...(this.bank && { tenant: this.bank.tenant }),
    });
    this.other = await installation.tenant({
      slug: 'other',
      policy,
      applications: [
        { clientId: OTHER, type: 'web', origins: [OTHER_ORIGIN, 'http://localhost:1'] },
        {
          clientId: `${OTHER}-app`,
          type: 'native',
          origins: [OTHER_ORIGIN, 'https://bank.example', 'android:apk-key-hash:y'],
        },
      ],
      ...(this.other && { tenant: this.other.tenant }),
    });
  }

  /** One request on a connection of its own. */
  send(
    path: string,
    { method = 'GET', headers = {}, body, from = '127.0.0.1' }: Sent = {},
    gateway = this.gateway,
  ): Promise<Received> {
    const json = body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array);
    const bytes = json ? JSON.stringify(body) : (body as string | Uint8Array | undefined);
    const length = bytes === undefined ? {} : { 'content-length': String(Buffer.byteLength(bytes)) };
    const sent = { ...(json && { 'content-type': 'application/json' }), ...length, ...headers };
    return new Promise((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port: gateway.port,
        path,
        method,
        headers: sent,
        localAddress: from,
        agent: false,
      };
      const outgoing = httpRequest(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve(received(response.statusCode!, response.headers, Buffer.concat(chunks).toString())),
        );
      });
      outgoing.on('error', reject).end(bytes);
    });
  }

  post = (path: string, body?: unknown, headers: Sent['headers'] = {}): Promise<Received> =>
    this.send(path, { method: 'POST', body, headers: { 'countersign-client': WEB, ...headers } });

  /** Headers of a signed-in web page. */
  signedIn(clientId = WEB): Record<string, string> {
    const { secret, csrf } = this.session.person(this.bank.tenant, clientId);
    return {
      cookie: `countersign=${secret}`,
      'countersign-csrf': csrf,
      'countersign-client': clientId,
      origin: ORIGIN,
    };
  }

  server(...scopes: string[]): Record<string, string> {
    return { authorization: `Bearer ${this.session.server(this.bank.tenant, SERVER, scopes)}` };
  }

  stop(): Promise<void> {
    return this.installation.stop();
  }
}

function received(status: number, headers: IncomingHttpHeaders, text: string): Received {
  const isJson = /json/.test(headers['content-type'] ?? '') && text !== '';
  return { status, headers, text, json: isJson ? (JSON.parse(text) as Record<string, unknown>) : {} };
}
