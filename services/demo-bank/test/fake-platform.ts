import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Person {
  id: string;
  reference: string;
  displayName: string;
  activeDevices: number;
}

type Body = Record<string, unknown>;
type Answer = [status: number, body: Body];

/** The part of the platform that a bank's server talks to, with memory: people, tokens, grants. */
export class FakePlatform {
  readonly people = new Map<string, Person>();
  /** Live access tokens: whose, and of which application. */
  readonly tokens = new Map<string, { sub: string; client_id: string }>();
  /** Grants not spent yet: whose, and for which hash. */
  readonly grants = new Map<string, { subject: string; hash: string }>();
  /** Answers 503 to everything but tokens while true. */
  down = false;
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  async start(): Promise<string> {
    await new Promise<void>((listening) => this.server.listen(0, '127.0.0.1', listening));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): Promise<unknown> {
    return new Promise((stopped) => this.server.close(stopped));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = (await request.toArray()).join('');
    const [status, body] = this.route(`${request.method} ${request.url}`, text);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  private route(line: string, text: string): Answer {
    if (line === 'POST /v1/oauth/token')
      return [200, { access_token: 'server', token_type: 'Bearer', expires_in: 300 }];
    if (this.down) return refusal(503, 'unavailable');
    if (line === 'POST /v1/oauth/introspect') return this.introspect(new URLSearchParams(text).get('token') ?? '');
    if (line === 'POST /v1/subjects') return this.createSubject(JSON.parse(text) as Person);
    if (line === 'POST /v1/auth/grants/redeem') return this.redeem(JSON.parse(text) as Redemption);
    const [, id = '', tickets] = /^(?:GET|POST) \/v1\/subjects\/([^/]+)(\/enrollment-tickets)?$/.exec(line) ?? [];
    const person = this.people.get(id);
    if (!person) return refusal(404, 'not_found');
    return tickets ? [201, { ticket: `ticket-${id}`, expiresAt: new Date().toISOString() }] : [200, { ...person }];
  }

  private introspect(token: string): Answer {
    const known = this.tokens.get(token);
    return [200, known ? { active: true, ...known } : { active: false }];
  }

  private createSubject({ reference, displayName }: Person): Answer {
    const known = [...this.people.values()].find((person) => person.reference === reference);
    if (known) return [200, { id: known.id, reference, created: false }];
    const person = { id: randomUUID(), reference, displayName, activeDevices: 0 };
    this.people.set(person.id, person);
    return [201, { id: person.id, reference, created: true }];
  }

  private redeem({ grant, action }: Redemption): Answer {
    const known = this.grants.get(grant);
    this.grants.delete(grant);
    return known?.hash === action.hash ? [200, { subject: known.subject }] : refusal(401, 'grant_refused');
  }
}

interface Redemption {
  grant: string;
  action: { name: string; hash: string };
}

const refusal = (status: number, code: string): Answer => [status, { type: 'about:blank', title: code, status, code }];
