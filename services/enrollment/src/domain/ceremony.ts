import { canonicalBytes, isUuid } from '@countersign/kernel';

/** What lets this registration be: an opened ticket, or a grant that was fresh when the options were given. */
export type Leave =
  | { kind: 'ticket'; ticket: string }
  | {
      kind: 'grant';
      jti: string;
      /** Unix seconds. */
      expiresAt: number;
      session: string;
      /** Record of the credential that stepped up. */
      credential: string;
    };

/** What travels inside the sealed challenge of a registration and comes back when it is redeemed. */
export interface Ceremony {
  leave: Leave;
  /** Policy the options were made by. */
  policyVersion: number;
}

/** Seconds a person has between options and answer; the same as `CEREMONY_TIMEOUT_MS` of the options. */
export const CEREMONY_SECONDS = 300;

/** Canonical JSON with one-letter members: at most 256 bytes fit into a challenge. */
export const writeCeremony = ({ leave, policyVersion: p }: Ceremony): Uint8Array =>
  leave.kind === 'ticket'
    ? canonicalBytes({ t: leave.ticket, p })
    : canonicalBytes({ g: leave.jti, e: leave.expiresAt, s: leave.session, c: leave.credential, p });

/** Reads it back; undefined for what this service did not write. */
export function readCeremony(context: Uint8Array): Ceremony | undefined {
  const { t, g, e, s, c, p } = parse(context);
  if (typeof p !== 'number') return undefined;
  if (typeof t === 'string' && isUuid(t)) return { leave: { kind: 'ticket', ticket: t }, policyVersion: p };
  if (typeof g !== 'string' || typeof e !== 'number' || typeof s !== 'string' || typeof c !== 'string')
    return undefined;
  return { leave: { kind: 'grant', jti: g, expiresAt: e, session: s, credential: c }, policyVersion: p };
}

function parse(context: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(context).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
