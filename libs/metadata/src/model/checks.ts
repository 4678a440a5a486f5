import { clause, pass, reject, runChecks, type Check, type Verdict } from '@countersign/kernel';
import { namesAlgorithm } from './algorithms.js';
import type { MetadataEntry } from './entry.js';
import { ONLY_CLAIMED, type MetadataIndex, type Model } from './metadata-index.js';
import { certificationOf, effectiveStatuses, reaches, type CertificationLevel } from './statuses.js';

/** What a tenant asks of models. */
export interface ModelPolicy {
  /** Only models with an entry, whose attestation verified. */
  required: boolean;
  /** Effective statuses that condemn a model. */
  refuse: readonly string[];
  leastCertification?: CertificationLevel;
  /** UUID text, lower case. Without `allow` every model is allowed that is not denied. */
  aaguids: { allow?: readonly string[]; deny: readonly string[] };
}

/** How well the model itself is known: what an authenticator says of itself without attestation anybody could say. */
export type ModelTrust = 'none' | 'self' | 'anchored';

/** A credential's model, as enrolled. */
export interface EnrolledModel extends Model {
  trust: ModelTrust;
}

interface Judged {
  model: EnrolledModel;
  policy: ModelPolicy;
  /** Whether there is an entry for everything it is made of. */
  known: boolean;
  /** Effective statuses, by entry. */
  statuses: readonly (readonly string[])[];
}

const MDS = 'FIDO MDS 3 §3.1';

/** A claim that nobody certifies speaks against a credential, never for it. */
const isOnlyClaimed = ({ keyIdentifier }: EnrolledModel): boolean => keyIdentifier.split(' ').includes(ONLY_CLAIMED);

/** Anybody can sign for themselves and claim the AAGUID of a certified model. */
const isVouchedFor = (model: EnrolledModel): boolean => model.trust === 'anchored' && !isOnlyClaimed(model);

const checkListed = clause<Judged>('policy metadata.aaguids', ({ model, policy: { aaguids } }) => {
  const { aaguid } = model;
  const allowed = !aaguids.allow || (aaguids.allow.includes(aaguid) && !isOnlyClaimed(model));
  return allowed && !aaguids.deny.includes(aaguid) ? pass : reject('model_not_allowed', { aaguid });
});

const checkStatus = clause<Judged>(`${MDS}.4`, ({ policy, statuses }) => {
  const status = policy.refuse.find((refused) => statuses.some((holding) => holding.includes(refused)));
  return status ? reject('model_status_refused', { status }) : pass;
});

const checkEntry = clause<Judged>(`${MDS}.1`, ({ model, policy, known }) => {
  const { aaguid, trust } = model;
  if (!policy.required) return pass;
  return known && isVouchedFor(model) ? pass : reject('model_unknown', { aaguid, entry: known, trust });
});

/** A model without an entry has no certification either. */
const checkCertification = clause<Judged>(`${MDS}.4`, ({ model, policy, known, statuses }) => {
  const { leastCertification: least } = policy;
  if (least === undefined) return pass;
  const levels = isVouchedFor(model) && known ? statuses.map(certificationOf) : [undefined];
  const level = levels.find((each) => !reaches(each, least));
  if (levels.every((each) => reaches(each, least))) return pass;
  return reject('model_certification_insufficient', { certification: level ?? 'none', least });
});

/** What a model has to satisfy to be enrolled, and to stay. */
export const modelChecks: readonly Check<Judged>[] = [checkListed, checkStatus, checkEntry, checkCertification];

export type ModelVerdict = Verdict & { clause?: string };

/** Judges a model by a tenant's policy; the same at registration and whenever metadata or policy change. */
export function judgeModel(model: EnrolledModel, policy: ModelPolicy, index: MetadataIndex, now: Date): ModelVerdict {
  const statuses = index.find(model).map((entry) => effectiveStatuses(entry, now));
  return runChecks(modelChecks, { model, policy, known: index.knows(model), statuses });
}

/** What was seen of a new credential's attestation. */
export interface Statement {
  trust: ModelTrust;
  /** COSE. */
  algorithm: number;
}

interface Compared extends Statement {
  entry: MetadataEntry;
}

const CERTIFIED = ['basic_full', 'attca', 'anonca', 'ecdaa'];

/** A model that always shows certificates does not vouch for itself (FIDO metadata statement §4, attestationTypes). */
const checkAttestationType = clause<Compared>('FIDO MS 3 §4 attestationTypes', ({ entry, trust }) => {
  const types = entry.attestationTypes;
  if (trust === 'none' || types.length === 0) return pass;
  const listed = trust === 'self' ? types.includes('basic_surrogate') : CERTIFIED.some((type) => types.includes(type));
  return listed ? pass : reject('model_statement_mismatch', { member: 'attestationTypes', trust });
});

const checkAlgorithm = clause<Compared>('FIDO MS 3 §4 authenticationAlgorithms', ({ entry, algorithm }) =>
  entry.algorithms.length === 0 || namesAlgorithm(entry.algorithms, algorithm)
    ? pass
    : reject('model_statement_mismatch', { member: 'authenticationAlgorithms', algorithm }),
);

export const statementChecks: readonly Check<Compared>[] = [checkAttestationType, checkAlgorithm];

/** Whether a new credential is what the model's metadata statement says it makes; without an entry nothing is said. */
export const judgeStatement = (statement: Statement, entry: MetadataEntry | undefined): ModelVerdict =>
  entry ? runChecks(statementChecks, { ...statement, entry }) : pass;
