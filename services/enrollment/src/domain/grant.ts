import {
  actionHash,
  clause,
  isUuid,
  pass,
  reject,
  runChecks,
  type BuiltInAction,
  type Check,
} from '@countersign/kernel';
import type { Verdict } from '@countersign/kernel';

/** How old a step-up grant may be when something is added, resumed or removed (R29). */
export const GRANT_SECONDS = 60;

/** Claims of a grant whose signature, type, issuer, audience and times have been verified. */
export interface GrantClaims {
  sub: string;
  sid: string;
  cid: string;
  /** Record of the credential that stepped up. */
  cred: string;
  act: string;
  /** `actionHash` of name and parameters. */
  ach: string;
  jti: string;
  iat: number;
  exp: number;
}

/** What is about to happen, and who is about to do it. */
export interface GrantedAct {
  grant: GrantClaims;
  caller: { subject: string; session: string; clientId: string };
  action: BuiltInAction;
  parameters: Record<string, unknown>;
  /** Unix seconds. */
  now: number;
}

const RULE = 'R29';

const wellFormed: Check<GrantedAct> = clause(RULE, ({ grant }) =>
  isUuid(grant.jti) && isUuid(grant.cred) ? pass : reject('grant_refused', { check: 'form' }),
);

const ofThisPerson: Check<GrantedAct> = clause(RULE, ({ grant, caller }) =>
  grant.sub === caller.subject ? pass : reject('grant_refused', { check: 'subject' }),
);

const ofThisSession: Check<GrantedAct> = clause(RULE, ({ grant, caller }) =>
  grant.sid === caller.session ? pass : reject('grant_refused', { check: 'session' }),
);

const ofThisApplication: Check<GrantedAct> = clause(RULE, ({ grant, caller }) =>
  grant.cid === caller.clientId ? pass : reject('grant_refused', { check: 'client' }),
);

const forThisAction: Check<GrantedAct> = clause(RULE, ({ grant, action, parameters }) =>
  grant.act === action && grant.ach === actionHash({ name: action, parameters })
    ? pass
    : reject('grant_refused', { check: 'action' }),
);

const fresh: Check<GrantedAct> = clause(RULE, ({ grant, now }) =>
  now - grant.iat <= GRANT_SECONDS ? pass : reject('grant_refused', { check: 'age', age: now - grant.iat }),
);

const checks = [wellFormed, ofThisPerson, ofThisSession, ofThisApplication, forThisAction, fresh];

/** Judges a grant for one act. That it was not used before is decided where it is spent, in the transaction of the act. */
export const judgeGrant = (act: GrantedAct): Verdict & { clause?: string } => runChecks(checks, act);

/** Reads the members of a verified payload; undefined where one is missing or of another type. */
export function grantClaims(claims: Record<string, unknown>): GrantClaims | undefined {
  const texts = ['sub', 'sid', 'cid', 'cred', 'act', 'ach', 'jti'];
  const whole = texts.every((name) => typeof claims[name] === 'string') && typeof claims['iat'] === 'number';
  return whole && typeof claims['exp'] === 'number' ? (claims as unknown as GrantClaims) : undefined;
}
