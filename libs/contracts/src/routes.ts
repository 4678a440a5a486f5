/**
 * Which calls a request from outside may cause: the one table by which session judges the address in a DPoP proof. Whoever
 * took over the gateway cannot spend a proof made for one route on a method of another.
 *
 * `calls` are the methods that take a caller token or a proof, as `service.Method`; a proof is good once for each of them.
 * A test of the gateway holds the table to the operations there are.
 */
export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/v1`, with parameters as `{name}`. */
  path: string;
  calls: readonly string[];
}

export const ROUTES: readonly Route[] = [
  { method: 'POST', path: '/subjects', calls: ['enrollment.CreateSubject'] },
  { method: 'GET', path: '/subjects/{id}', calls: ['enrollment.GetSubject'] },
  { method: 'DELETE', path: '/subjects/{id}', calls: ['enrollment.EraseSubject'] },
  { method: 'GET', path: '/subjects/{id}/export', calls: ['enrollment.ExportSubject'] },
  { method: 'GET', path: '/erasures/{id}', calls: ['enrollment.GetErasure'] },
  { method: 'POST', path: '/subjects/{id}/enrollment-tickets', calls: ['enrollment.IssueTicket'] },
  { method: 'POST', path: '/passkey/register/options', calls: ['enrollment.BeginWithGrant'] },
  { method: 'POST', path: '/passkey/register/verify', calls: ['enrollment.CompleteWithGrant'] },
  { method: 'POST', path: '/passkey/authenticate/verify', calls: ['verification.CompleteAuthentication'] },
  { method: 'POST', path: '/auth/step-up/options', calls: ['verification.BeginStepUp'] },
  { method: 'POST', path: '/auth/step-up/verify', calls: ['verification.CompleteStepUp'] },
  { method: 'POST', path: '/auth/grants/redeem', calls: ['verification.RedeemGrant'] },
  { method: 'GET', path: '/auth/session', calls: ['session.Current'] },
  { method: 'POST', path: '/auth/session/token', calls: ['session.MintAccessToken'] },
  { method: 'GET', path: '/auth/sessions', calls: ['session.ListSessions'] },
  { method: 'DELETE', path: '/auth/sessions/{id}', calls: ['session.EndSession'] },
  { method: 'POST', path: '/auth/sign-out', calls: ['session.SignOut'] },
  { method: 'POST', path: '/auth/sign-out-others', calls: ['session.SignOutOthers'] },
  { method: 'POST', path: '/auth/sign-out-all', calls: ['session.SignOutAll'] },
  { method: 'GET', path: '/auth/devices', calls: ['enrollment.ListCredentials'] },
  { method: 'PATCH', path: '/auth/devices/{id}', calls: ['enrollment.RenameCredential'] },
  { method: 'DELETE', path: '/auth/devices/{id}', calls: ['enrollment.RevokeCredential'] },
  { method: 'POST', path: '/auth/devices/{id}/suspend', calls: ['enrollment.SuspendCredential'] },
  { method: 'POST', path: '/auth/devices/{id}/resume', calls: ['enrollment.ResumeCredential'] },
  { method: 'GET', path: '/auth/activity', calls: ['audit.Activity', 'enrollment.OpenDetails'] },
  { method: 'GET', path: '/devices/condemned', calls: ['enrollment.ListCondemnedDevices'] },
  { method: 'POST', path: '/policy/preview', calls: ['enrollment.PreviewPolicy'] },
  { method: 'GET', path: '/audit/events', calls: ['audit.SearchEvents'] },
  { method: 'POST', path: '/oauth/token', calls: ['session.ClientToken', 'session.Refresh'] },
  { method: 'POST', path: '/oauth/introspect', calls: ['session.Introspect'] },
  { method: 'POST', path: '/oauth/revoke', calls: ['session.Revoke'] },
];

const PREFIX = '/v1';
const FULL = /^\/countersign\.([a-z]+)\.v\d+\.[A-Za-z]+\/([A-Za-z]+)$/;

const patternOf = (path: string): RegExp =>
  new RegExp(`^${PREFIX}${path.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll(/\{\w+\}/g, '[^/]+')}$`);

/** `service.Method` → its routes. */
const BY_CALL = Map.groupBy(
  ROUTES.flatMap(({ method, path, calls }) => calls.map((call) => ({ call, method, pattern: patternOf(path) }))),
  ({ call }) => call,
);

/**
 * Whether a request of this method for this path may cause this call. HEAD is as GET (RFC 9110 §9.3.2).
 *
 * @param rpc full method, e.g. `/countersign.session.v1.SessionService/ListSessions`
 * @param path of the URL, `/v1` included, without query
 */
export function servesRoute(rpc: string, method: string, path: string): boolean {
  const [, service, name] = FULL.exec(rpc) ?? [];
  const routes = BY_CALL.get(`${service}.${name}`) ?? [];
  const asked = method === 'HEAD' ? 'GET' : method;
  return routes.some((route) => route.method === asked && route.pattern.test(path));
}
