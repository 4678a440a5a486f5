import { pass, reject, type Clock } from '@countersign/kernel';
import {
  ONLY_CLAIMED,
  judgeModel,
  judgeStatement,
  type EnrolledModel,
  type ModelPolicy,
  type ModelVerdict,
} from '@countersign/metadata';
import type { Policy } from '@countersign/policy';
import {
  trustIn,
  type AnchorSets,
  type AttestationPolicy,
  type ClaimedModel,
  type KeyProtection,
  type RegisteredCredential,
  type RevocationList,
} from '@countersign/webauthn';
import type { HeldStatuses } from '../android-status/held-statuses.js';
import type { HeldMetadata } from '../metadata/held-metadata.js';

const KEY_PROTECTIONS: readonly string[] = ['software', 'hardware', 'tee', 'secure_element', 'remote_handle'];
const isKeyProtection = (word: string): word is KeyProtection => KEY_PROTECTIONS.includes(word);

type Trust = Pick<AttestationPolicy, 'anchors' | 'anchorsByFormat' | 'modelAnchors'>;

/** What a new credential's model is judged with. */
type New = Pick<RegisteredCredential, 'attestationTrust' | 'algorithm' | 'trustPaths'>;

const derOf = (base64: string): Uint8Array => Buffer.from(base64, 'base64');

/** Judges models of authenticators by a tenant's policy and the metadata that is held. Waits for nothing (R15). */
export class Models {
  constructor(
    private readonly held: Pick<HeldMetadata, 'current'>,
    private readonly clock: Clock,
    private readonly statuses: Pick<HeldStatuses, 'current' | 'isStale'>,
  ) {}

  /** Android attestation keys nobody may vouch with any more; undefined before the first list. */
  get revoked(): RevocationList | undefined {
    return this.statuses.current;
  }

  /**
   * Who may vouch for a credential of this model: the tenant's own anchors, and beside them the roots that metadata names
   * for exactly this model; only where it names none, the sets of the tenant's policy.
   */
  trustFor(model: ClaimedModel, { webauthn: { attestation } }: Policy, sets: AnchorSets): Trust {
    const own = attestation.anchors.map(derOf);
    const { current } = this.held;
    const isNamed = current.find(model).some(({ roots }) => roots.length > 0);
    if (isNamed) return { anchors: own, modelAnchors: current.roots(model).map(derOf) };
    const named = trustIn(sets, attestation.anchorSets);
    return { ...named, anchors: [...own, ...named.anchors] };
  }

  /** What metadata calls a model; empty when it says nothing. */
  nameOf = (model: ClaimedModel): string => this.held.current.find(model)[0]?.description ?? '';

  /** Whether a credential that verified may be enrolled. */
  judgeNew(policy: Policy, model: ClaimedModel, credential: New): ModelVerdict {
    const { attestationTrust: trust, algorithm } = credential;
    const fresh = this.judgeAge(policy);
    if (!fresh.ok) return fresh;
    const current = this.judgeStatusAge(policy, credential);
    if (!current.ok) return current;
    const verdict = this.judge(policy, { ...model, trust });
    const entries = verdict.ok ? this.held.current.find(model) : [];
    return entries.map((entry) => judgeStatement({ trust, algorithm }, entry)).find(({ ok }) => !ok) ?? verdict;
  }

  /** Whether a model may be enrolled, or stay. */
  judge(policy: Policy, model: EnrolledModel): ModelVerdict {
    return judgeModel(model, policy.metadata, this.held.current, this.clock.now());
  }

  /** As `judge`, for a device that is enrolled already: it is not judged by a list that is not there. */
  judgeEnrolled(policy: Policy, model: EnrolledModel): ModelVerdict {
    const { current } = this.held;
    return judgeModel(model, forEnrolled(policy, current.no), current, this.clock.now());
  }

  /** Where the attestation itself does not say where the key lies, the statement of a proven model does. */
  withKeyProtection(model: ClaimedModel, credential: RegisteredCredential): RegisteredCredential {
    const [first, ...others] = this.held.current.find(model);
    const agreed = first?.keyProtection.filter((word) =>
      others.every(({ keyProtection }) => keyProtection.includes(word)),
    );
    const words = (agreed ?? []).filter(isKeyProtection);
    const proven = credential.modelCertified === true && words.length > 0;
    return proven && !credential.keyProtection?.length ? { ...credential, keyProtection: words } : credential;
  }

  /** Who accepts attested authenticators only relies on a list that is not too old. */
  private judgeAge({ webauthn, metadata }: Policy): ModelVerdict {
    const attestedOnly = metadata.required || acceptsAnchoredOnly(webauthn);
    const { current } = this.held;
    if (!attestedOnly || !current.isStale(this.clock.now(), metadata.staleAfterDays)) return pass;
    return { ...reject('metadata_stale', { nextUpdate: current.nextUpdate }), clause: 'FIDO MDS 3 §3.1.6 nextUpdate' };
  }

  /** The same for the list of revoked keys, where the credential rests on Android's. */
  private judgeStatusAge({ webauthn, metadata }: Policy, { trustPaths = [] }: New): ModelVerdict {
    const isAndroid = trustPaths.some(({ format }) => format === 'android-key');
    const attestedOnly = metadata.required || acceptsAnchoredOnly(webauthn);
    const stale = isAndroid && attestedOnly && this.statuses.isStale(webauthn.attestation.statusStaleAfterHours);
    return stale ? { ...reject('android_status_stale'), clause: 'Android Key Attestation' } : pass;
  }
}

const acceptsAnchoredOnly = ({ attestation }: Policy['webauthn']): boolean =>
  attestation.accept.every((level) => level === 'anchored');

/** The model as it is judged and kept; without attestation it is a claim anyhow, which `trust` says. */
export function asCertified(
  model: ClaimedModel,
  { attestationTrust, modelCertified }: Pick<RegisteredCredential, 'attestationTrust' | 'modelCertified'>,
): ClaimedModel {
  const onlyClaimed = attestationTrust === 'anchored' && modelCertified !== true;
  return onlyClaimed ? { ...model, keyIdentifier: `${ONLY_CLAIMED} ${model.keyIdentifier}`.trim() } : model;
}

/**
 * Enrolled devices are not judged by metadata that is not there: a policy that asks for an entry would suspend them all
 * until the first BLOB arrives. New ones are refused meanwhile.
 * @param no of the BLOB; 0 before the first
 */
export const forEnrolled = ({ metadata }: Policy, no: number): ModelPolicy =>
  no > 0 ? metadata : { ...metadata, required: false, leastCertification: undefined };
