import { refuse } from '@countersign/kernel';

/** `client_assertion_type` of a signed JWT (RFC 7523 §2.2). */
export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** How a client proved at an OAuth endpoint who it is, as session takes it. */
export interface ClientProof {
  clientId: string;
  credential?: { $case: 'clientSecret'; value: string } | { $case: 'assertion'; value: string };
}

interface ClientMembers {
  client_id?: string | undefined;
  client_secret?: string | undefined;
  client_assertion?: string | undefined;
  client_assertion_type?: string | undefined;
}

/**
 * Reads `client_secret_basic`, `client_secret_post` or `private_key_jwt`; one at a time (RFC 6749 §2.3).
 * @throws `credentials_malformed` for two at once or an unreadable header, `client_unknown` when no client is named
 */
export function clientProof(form: ClientMembers, authorization: string | undefined): ClientProof {
  const basic = authorization === undefined ? undefined : fromBasic(authorization);
  const ways = [basic, form.client_secret, form.client_assertion].filter((way) => way !== undefined);
  if (ways.length > 1) throw refuse('credentials_malformed');
  if (basic) return named(basic.clientId, form.client_id, { $case: 'clientSecret', value: basic.secret });
  if (form.client_secret !== undefined) {
    return named(form.client_id, undefined, { $case: 'clientSecret', value: form.client_secret });
  }
  if (form.client_assertion === undefined) return named(form.client_id, undefined);
  if (form.client_assertion_type !== JWT_BEARER) throw refuse('credentials_malformed');
  const clientId = form.client_id ?? unverifiedSubject(form.client_assertion);
  return named(clientId, undefined, { $case: 'assertion', value: form.client_assertion });
}

function named(
  clientId: string | undefined,
  also: string | undefined,
  credential?: ClientProof['credential'],
): ClientProof {
  if (!clientId) throw refuse('client_unknown');
  if (also !== undefined && also !== clientId) throw refuse('credentials_malformed');
  return { clientId, ...(credential && { credential }) };
}

/** RFC 6749 §2.3.1: both halves are form-encoded before they are joined. */
function fromBasic(authorization: string): { clientId: string; secret: string } {
  const encoded = /^basic ([A-Za-z0-9+/]{1,2048}={0,2})$/i.exec(authorization)?.[1];
  const pair = Buffer.from(encoded ?? '', 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 1) throw refuse('credentials_malformed');
  return { clientId: formDecoded(pair.slice(0, colon)), secret: formDecoded(pair.slice(colon + 1)) };
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw refuse('credentials_malformed');
  }
}

/** With a signed assertion the client id may be left out (RFC 7521 §4.2); session verifies what it finds by it. */
function unverifiedSubject(assertion: string): string | undefined {
  try {
    const payload: unknown = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const sub = typeof payload === 'object' && payload !== null && 'sub' in payload ? payload.sub : undefined;
    return typeof sub === 'string' && sub.length <= 128 ? sub : undefined;
  } catch {
    return undefined;
  }
}
