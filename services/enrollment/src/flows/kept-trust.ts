import { setImmediate } from 'node:timers/promises';
import { canonicalJson, sha256, toBase64Url } from '@countersign/kernel';
import type { ModelTrust } from '@countersign/metadata';
import type { Policy } from '@countersign/policy';
import {
  judgeKeptAttestation,
  vouchingBy,
  type AnchorSets,
  type ClaimedModel,
  type RevocationList,
  type Vouching,
} from '@countersign/webauthn';
import {
  anchorsIn,
  anchorsText,
  type DeviceTrust,
  type KeptStatement,
  type SettledTrust,
  type TrustGroup,
  type TrustStore,
} from '../store/trust-store.js';
import { TurnLost, type Turn } from '../store/judgement-store.js';
import { asCertified, type Models } from './models.js';

export interface KeptTrustParts {
  models: Pick<Models, 'trustFor'>;
  anchorSets: AnchorSets;
  trusts: TrustStore;
}

/** Marks credentials of the time before anchors were kept that no anchor vouches for any more. */
const UNKNOWN_ANCHOR = 'unknown:';
const RANKS: readonly ModelTrust[] = ['none', 'self', 'anchored'];
const rank = (trust: ModelTrust): number => RANKS.indexOf(trust);

/** Levels of trust that a policy does not accept of new credentials, without `anchored`. */
export const unacceptedTrusts = ({ webauthn: { attestation } }: Policy): ModelTrust[] => {
  const least = Math.min(...attestation.accept.map(rank));
  return (['none', 'self'] as const).filter((trust) => rank(trust) < least);
};

/**
 * The trust in enrolled credentials, as long as somebody vouches for it: an anchor that leaves the policy takes it along,
 * and brings it back when it returns. Who has another path to an anchor keeps it.
 */
export class KeptTrust {
  constructor(private readonly parts: KeptTrustParts) {}

  /** What of a policy and of the installation decides who vouches; equal for equal anchors. */
  fingerprint({ webauthn: { attestation } }: Policy): string {
    const { anchors, anchorSets, accept, compound } = attestation;
    const sets = anchorSets.map((name) => [...(this.parts.anchorSets.get(name) ?? [])].map((der) => base64(der)));
    return base64(sha256(Buffer.from(canonicalJson({ anchors, anchorSets, sets, accept, compound }))));
  }

  /** Whether anybody's trust could rest on an anchor that the policy names. */
  names = ({ webauthn: { attestation } }: Policy): boolean =>
    attestation.anchors.length > 0 || attestation.anchorSets.length > 0;

  /** By model, whether all anchors that a credential rests on still vouch for it. */
  vouching(policy: Policy): (group: TrustGroup) => boolean {
    const byModel = new Map<string, Vouching>();
    const of = (model: TrustGroup): Vouching => {
      const trust = this.parts.models.trustFor(model, policy, this.parts.anchorSets);
      const key = trust.modelAnchors ? `${model.aaguid} ${model.keyIdentifier}` : '';
      const known = byModel.get(key) ?? vouchingBy(trust);
      byModel.set(key, known);
      return known;
    };
    return (group) => {
      const paths = anchorsIn(group.anchors);
      return paths.length > 0 && paths.every(of(group));
    };
  }

  /**
   * Judges the trust of a tenant's credentials again, those whose anchors are all there excepted.
   * @returns how many lost it, and how many have it back @throws TurnLost
   */
  async renew(turn: Turn, policy: Policy, signal: AbortSignal): Promise<{ lost: number; regained: number }> {
    const [vouched, count] = [this.vouching(policy), { lost: 0, regained: 0 }];
    for (const group of await this.parts.trusts.groups(turn.tenant)) {
      if (group.trust === 'anchored' && vouched(group)) continue;
      for await (const page of this.parts.trusts.kept(turn.tenant, group)) {
        const settled = (await this.judgePage(page, group, policy, signal)).filter((each) => differs(each, group));
        if (settled.length > 0) await this.parts.trusts.settle(turn, settled);
        const changed = settled.filter(
          ({ trust }) => trust !== group.trust && [trust, group.trust].includes('anchored'),
        );
        count[group.trust === 'anchored' ? 'lost' : 'regained'] += changed.length;
      }
    }
    return count;
  }

  /** Signatures of hundreds of statements: whoever else is waiting gets a turn after each. */
  private async judgePage(
    page: readonly KeptStatement[],
    group: TrustGroup,
    policy: Policy,
    signal: AbortSignal,
  ): Promise<SettledTrust[]> {
    const settled: SettledTrust[] = [];
    const trust = this.parts.models.trustFor(group, policy, this.parts.anchorSets);
    const { compound } = policy.webauthn.attestation;
    for (const kept of page) {
      if (signal.aborted) throw new TurnLost();
      settled.push(judged(kept, group, { ...trust, compound }));
      await setImmediate();
    }
    return settled;
  }
}

function judged(
  { id, enrolledAt: at, ...kept }: KeptStatement,
  group: TrustGroup,
  policy: Parameters<typeof judgeKeptAttestation>[0]['policy'],
): SettledTrust {
  const verdict = judgeKeptAttestation({ ...kept, policy, at });
  if (verdict.ok && verdict.trust === 'anchored') {
    const model: ClaimedModel = asCertified(verdict.model, { attestationTrust: 'anchored', ...certifiedBy(verdict) });
    const paths = verdict.trustPaths ?? [];
    return { id, trust: 'anchored', keyIdentifier: model.keyIdentifier, anchors: anchorsText(paths), paths };
  }
  const trust = verdict.ok ? verdict.trust : 'none';
  return { id, trust, keyIdentifier: group.keyIdentifier, anchors: group.anchors || UNKNOWN_ANCHOR, paths: [] };
}

const certifiedBy = ({ modelCertified }: { modelCertified?: true }) => (modelCertified ? { modelCertified } : {});

const differs = (settled: SettledTrust, group: TrustGroup): boolean =>
  settled.trust !== group.trust || settled.anchors !== group.anchors || settled.keyIdentifier !== group.keyIdentifier;

const base64 = (bytes: Uint8Array): string => toBase64Url(bytes);

/** Why a device may not be used although its model may: a code of its refusal; undefined when it may. */
export function trustRefusal(
  device: DeviceTrust,
  policy: Policy,
  revoked: RevocationList | undefined,
): 'attestation_revoked' | 'attestation_untrusted' | undefined {
  if (revoked === 'unreadable' || device.serials.some((serial) => revoked?.has(serial))) return 'attestation_revoked';
  const left = device.anchors !== '' && unacceptedTrusts(policy).includes(device.trust);
  return left ? 'attestation_untrusted' : undefined;
}
