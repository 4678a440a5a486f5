import { randomUUID } from 'node:crypto';
import { challenge, type common } from '@countersign/contracts';
import { fromBase64Url, isRefusal, refuse, sha256, type Code, type ErrorDetails } from '@countersign/kernel';
import type { Call } from '@countersign/platform';
import { assuranceFor, offeredAlgorithms, type Application, type TenantSnapshot } from '@countersign/policy';
import {
  challengeOf,
  modelOf,
  verifyRegistration,
  type ClaimedModel,
  type RegisteredCredential,
  type RegistrationResponseJSON,
} from '@countersign/webauthn';
import type { Transaction } from '@countersign/database';
import { readCeremony, type Ceremony, type Leave } from '../domain/ceremony.js';
import { nameContext, type Credential } from '../domain/credential.js';
import type { Person } from '../domain/person.js';
import { defaultDeviceName, readDeviceName, readPlatform } from '../domain/text.js';
import type { Parts } from '../parts.js';
import { lackingAtEnrollment, traitsOf } from './accepted.js';
import { asCertified } from './models.js';
import { parseCredential } from './parse-credential.js';
import { enrolled, refused } from './registration-events.js';

/** Who completes a registration, and what lets them. */
export interface Completing {
  snapshot: TenantSnapshot;
  application: Application;
  /** Undefined when the presented binding leads to nobody: the challenge is spent all the same (R1). */
  person: Person | undefined;
  session?: string;
  /** Whether the leave the challenge names is the one presented now. */
  holds(leave: Leave): boolean;
  /** Spends the leave in the transaction of the insert; true for the one that did (R3, R4). */
  spend(tx: Transaction, leave: Leave): Promise<boolean>;
  /** Code when it does not hold or was spent, and the rule that wants it. */
  refusal: Code;
  rule: 'R4' | 'R29';
}

/** What the client sent. */
export interface RegistrationAnswer {
  /** RegistrationResponseJSON. */
  credential: string;
  /** Empty: named after the platform. */
  name: string;
  origin: common.Origin | undefined;
}

export interface Refused {
  ok: false;
  code: Code;
  clause?: string;
  facts?: Record<string, string | number | boolean>;
  /** What the client is told beside the code. */
  details?: ErrorDetails;
}
type Outcome = ({ ok: true } & Enrolled) | Refused;

/** A new credential and whose it is. */
export interface Enrolled {
  person: Person;
  credential: Credential;
}

/** A judged answer and the means it was judged by. */
export interface Judged {
  person: Person;
  ceremony: Ceremony;
  response: RegistrationResponseJSON;
  registered: RegisteredCredential;
  model: ClaimedModel;
}

/** The judging half of a registration (WebAuthn L3 §7.1). It reads as the story of one: spend, judge, store. */
export class Registration {
  constructor(private readonly parts: Parts) {}

  /** @throws what refused it, after the event that says so; a failure spends the challenge as well (R1) */
  complete(completing: Completing, answer: RegistrationAnswer, call: Call): Promise<Enrolled> {
    const work = async (): Promise<Enrolled> => {
      const name = answer.name === '' ? defaultDeviceName(answer.origin?.platform ?? '') : readDeviceName(answer.name);
      const outcome = await this.outcome(completing, { ...answer, name }, call).catch((error: unknown) =>
        asRefusal(error, completing),
      );
      if (outcome.ok) return outcome;
      await this.parts.journal.record(refused(completing, outcome, answer.origin, call));
      throw refuse(outcome.code, outcome.details);
    };
    return this.parts.metrics.judge('registration', work, (error) => (isRefusal(error) ? error.code : 'internal'));
  }

  private async outcome(completing: Completing, answer: RegistrationAnswer, call: Call): Promise<Outcome> {
    const { snapshot, application, person } = completing;
    const response = parseCredential(answer.credential);
    const claimed = challengeOf(response);
    const seal = claimed === undefined ? undefined : fromBase64Url(claimed);
    if (!response || !claimed || !seal) return { ok: false, code: 'credential_malformed', clause: 'WebAuthn L3 §5.1' };
    const redeemed = await this.redeem(snapshot.tenant, application.clientId, seal, call);
    const ceremony = readCeremony(redeemed.context);
    const fits = ceremony && person && redeemed.subject === person.subject && completing.holds(ceremony.leave);
    if (!fits) return { ok: false, code: completing.refusal, clause: completing.rule };
    const model = modelOf(response) ?? UNREADABLE;
    const verified = this.verify(completing, response, claimed, model);
    if (!verified.ok) return verified;
    const lacking = lackingAtEnrollment(snapshot.policy, application.clientId, traitsOf(verified.credential));
    if (lacking.length > 0) return notAccepted(lacking);
    const judged = { person, ceremony, response, registered: verified.credential, model: verified.model };
    return { ok: true, person, credential: await this.store(completing, judged, answer, call) };
  }

  private redeem(tenant: string, clientId: string, seal: Uint8Array, call: Call): Promise<challenge.RedeemResponse> {
    const purpose = challenge.Purpose.REGISTRATION;
    return this.parts.challenges.redeem({ tenant, purpose, clientId, seal: Buffer.from(seal) }, call);
  }

  /** By the anchors that may vouch for this very model; then the model itself is judged, as far as it is certified. */
  private verify(
    { snapshot, application }: Completing,
    response: RegistrationResponseJSON,
    claimed: string,
    model: ClaimedModel,
  ) {
    const { policy } = snapshot;
    const { models, anchorSets } = this.parts;
    const verified = verifyRegistration({
      response,
      challenge: claimed,
      origins: application.origins,
      topOrigins: [],
      rpId: snapshot.rpId,
      userVerification: assuranceFor(policy, { application: application.clientId }).userVerification,
      algorithms: offeredAlgorithms(policy, application.clientId),
      attestation: {
        ...policy.webauthn.attestation,
        ...models.trustFor(model, policy, anchorSets),
        ...(models.revoked ? { revoked: models.revoked } : {}),
      },
      now: this.parts.clock.now(),
    });
    if (!verified.ok) return verified;
    const certified = asCertified(model, verified.credential);
    const verdict = models.judgeNew(policy, certified, verified.credential);
    if (!verdict.ok) return verdict;
    return { ...verified, model: certified, credential: models.withKeyProtection(certified, verified.credential) };
  }

  /** Credential, spent leave and event: one transaction. Of N parallel ones for one leave, one stores (R3). */
  private async store(
    completing: Completing,
    judged: Judged,
    answer: RegistrationAnswer,
    call: Call,
  ): Promise<Credential> {
    const { database, subjects, credentials, journal, trusts } = this.parts;
    const { tenant } = completing.snapshot;
    const fresh = this.newCredential(completing, judged, answer);
    const stored = await database.inTenant(tenant, async (tx) => {
      if (!(await subjects.holdAlone(tx, tenant, fresh.subject))) throw refuse(completing.refusal);
      if (!(await completing.spend(tx, judged.ceremony.leave))) throw refuse(completing.refusal);
      const devices = await credentials.count(tx, tenant, fresh.subject);
      if (devices >= completing.snapshot.policy.limits.devicesPerPerson) throw refuse('too_many_devices');
      const added = await credentials.add(tx, fresh);
      if (!added) throw refuse('credential_exists');
      await trusts.remember(tx, added, judged.model.keyIdentifier, judged.registered.trustPaths ?? []);
      await journal.append(tx, enrolled(completing, judged, added, answer, call));
      return added;
    });
    journal.committed();
    return stored;
  }

  private newCredential({ snapshot, application }: Completing, judged: Judged, { name, origin }: RegistrationAnswer) {
    const { person, response, registered, ceremony } = judged;
    const {
      id: credentialId,
      keyProtection = [],
      serialNumber: _told,
      modelCertified: _judged,
      trustPaths: _kept,
      ...record
    } = registered;
    const [id, tenant, subject] = [randomUUID(), snapshot.tenant, person.subject];
    return {
      ...record,
      keyProtection,
      id,
      tenant,
      subject,
      credentialId,
      name: this.parts.keys.seal(person, nameContext({ tenant, subject, id }), { name }),
      platform: readPlatform(origin?.platform ?? ''),
      client: application.clientId,
      policyVersion: ceremony.policyVersion,
      attestationObject: fromBase64Url(response.response.attestationObject)!,
      clientDataHash: sha256(fromBase64Url(response.response.clientDataJSON)!),
    };
  }
}

/** A response whose model cannot be read does not verify either. */
const UNREADABLE: ClaimedModel = { aaguid: '', keyIdentifier: '' };

const notAccepted = (requirements: string[]): Refused => ({
  ok: false,
  code: 'authenticator_not_accepted',
  clause: 'NIST SP 800-63B-4 §2',
  facts: { requirements: requirements.join(' ') },
  details: { requirements },
});

/** A refusal is an outcome to be written down; being unable to judge is none. */
function asRefusal(error: unknown, { refusal, rule }: Completing): Refused {
  if (!isRefusal(error) || ['unavailable', 'deadline', 'internal'].includes(error.kind)) throw error;
  const clauses = new Map<Code, string>([
    ['credential_exists', 'WebAuthn L3 §7.1 step 26'],
    [refusal, rule],
  ]);
  return { ok: false, code: error.code, clause: clauses.get(error.code) };
}
