import { randomUUID } from 'node:crypto';
import { actionHash, type Action } from './action-hash.js';
import { send } from './http.js';
import type { CountersignServerOptions } from './options.js';
import { CountersignProblem } from './problem.js';
import { ServerToken } from './server-token.js';
import type {
  CreatedSubject,
  EnrollmentTicket,
  Erasure,
  EventPage,
  EventQuery,
  Introspection,
  NewSubject,
  PolicyPreview,
  RedeemedGrant,
  Subject,
  SubjectExport,
} from './types.js';

interface Call {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below `/v1`, beginning with `/`. */
  path: string;
  json?: unknown;
  form?: Record<string, string>;
  headers?: Record<string, string>;
}

/** Countersign for a bank's server. Make one per process; every method throws `CountersignProblem` and nothing else. */
export class CountersignServer {
  private readonly token: ServerToken;

  constructor(private readonly options: CountersignServerOptions) {
    this.token = new ServerToken(options);
  }

  /**
   * Makes a person known (scope `subjects:write`). A known reference gives the same id and `created: false`.
   *
   * @param idempotencyKey the same for a repetition of the same call; a new one when absent
   */
  createSubject(subject: NewSubject, idempotencyKey: string = randomUUID()): Promise<CreatedSubject> {
    const headers = { 'Idempotency-Key': idempotencyKey };
    return this.call({ method: 'POST', path: '/subjects', json: subject, headers });
  }

  /** Scope `subjects:read`. */
  subject(id: string): Promise<Subject> {
    return this.call({ method: 'GET', path: `/subjects/${encodeURIComponent(id)}` });
  }

  /** Lets a person add the first authenticator (scope `subjects:write`). Give it only to whom you have identified. */
  issueTicket(subjectId: string, options: { pin?: boolean } = {}): Promise<EnrollmentTicket> {
    const path = `/subjects/${encodeURIComponent(subjectId)}/enrollment-tickets`;
    return this.call({ method: 'POST', path, json: options });
  }

  /**
   * Erases a person (scope `subjects:erase`): devices end at once, and nothing personal can be opened any more. There is no
   * way back. Repeating it answers with the erasure there is.
   */
  eraseSubject(id: string): Promise<Erasure> {
    return this.call({ method: 'DELETE', path: `/subjects/${encodeURIComponent(id)}` });
  }

  /** How far an erasure is (scope `subjects:erase`); known for 90 days after it was completed. */
  erasure(id: string): Promise<Erasure> {
    return this.call({ method: 'GET', path: `/erasures/${encodeURIComponent(id)}` });
  }

  /**
   * Everything that is held of a person (scope `subjects:export`), a page at a time: pass `nextCursor` back as `cursor`.
   * The first page says what comes once; sessions and events go on.
   */
  exportSubject(id: string, cursor?: string): Promise<SubjectExport> {
    const query = cursor === undefined ? '' : `?${new URLSearchParams({ cursor })}`;
    return this.call({ method: 'GET', path: `/subjects/${encodeURIComponent(id)}/export${query}` });
  }

  /**
   * Spends a step-up grant (scope `grants:redeem`) for the action this server is about to carry out. The hash is made
   * here, from what will be done, never from what the page says was confirmed. Compare `subject` with the caller's.
   */
  redeemGrant(grant: string, action: Action): Promise<RedeemedGrant> {
    const json = { grant, action: { name: action.name, hash: actionHash(action) } };
    return this.call({ method: 'POST', path: '/auth/grants/redeem', json });
  }

  /** Asks whether an access token is alive (scope `introspect`), and with an action whether that needs a step-up. */
  introspect(token: string, action?: string): Promise<Introspection> {
    const form = { token, ...(action !== undefined && { action }) };
    return this.call({ method: 'POST', path: '/oauth/introspect', form });
  }

  /** A page of the tenant's audit log (scope `audit:read`); pass `nextCursor` back as `cursor`. */
  events(query: EventQuery = {}): Promise<EventPage> {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
    return this.call({ method: 'GET', path: `/audit/events?${parameters}` });
  }

  /**
   * Which enrolled devices a policy would leave behind (scope `admin`); nothing is changed. Pass `nextCursor` back as `cursor`.
   *
   * @param policy the whole policy, as the API's documentation describes it
   * @param page `limit`: devices a page, at most 500
   */
  previewPolicy(policy: object, page: { cursor?: string; limit?: number } = {}): Promise<PolicyPreview> {
    return this.call({ method: 'POST', path: '/policy/preview', json: { policy, ...page } });
  }

  /** A token refused as invalid (revoked, or its key is gone) is replaced once; nothing was carried out under it. */
  private async call<T>(call: Call): Promise<T> {
    const token = await this.token.get();
    try {
      return await this.send<T>(call, token);
    } catch (error) {
      if (!isTokenRefusal(error)) throw error;
      this.token.forget(token);
      return this.send<T>(call, await this.token.get());
    }
  }

  private async send<T>({ method, path, json, form, headers = {} }: Call, token: string): Promise<T> {
    const { baseUrl, timeoutMs } = this.options;
    const body = form ? new URLSearchParams(form).toString() : json === undefined ? undefined : JSON.stringify(json);
    const contentType = form ? 'application/x-www-form-urlencoded' : 'application/json';
    return send<T>({
      method,
      url: new URL(`/v1${path}`, baseUrl),
      headers: { ...headers, ...(body !== undefined && { 'Content-Type': contentType }) },
      body,
      token,
      key: await this.token.key(),
      timeoutMs,
    });
  }
}

const isTokenRefusal = (error: unknown): boolean => error instanceof CountersignProblem && error.tokenRefused;
