import { challenge } from '@countersign/contracts';
import { fromBase64Url, refuse, toBase64Url } from '@countersign/kernel';
import type { RpcClient } from '@countersign/platform';
import { CEREMONY_SECONDS } from '../domain/begin-authentication.js';
import type { Cause, Challenges, Purpose, Redeemed, SealedChallenge } from '../ports.js';

const PURPOSES: Record<Purpose, challenge.Purpose> = {
  authentication: challenge.Purpose.AUTHENTICATION,
  step_up: challenge.Purpose.STEP_UP,
};

/** Challenges of the challenge service, in the base64url form of WebAuthn. */
export class ChallengeClient implements Challenges {
  constructor(private readonly client: RpcClient<typeof challenge.ChallengeServiceService>) {}

  async issue(target: SealedChallenge, subject: string, context: Uint8Array, cause: Cause): Promise<string> {
    const { tenant, purpose, clientId } = target;
    const sealed = { subject, context: Buffer.from(context), ttlSeconds: CEREMONY_SECONDS };
    const { seal } = await this.client.issue({ tenant, clientId, purpose: PURPOSES[purpose], ...sealed }, cause);
    return toBase64Url(seal);
  }

  async redeem(target: SealedChallenge, text: string, cause: Cause): Promise<Redeemed> {
    const { tenant, purpose, clientId } = target;
    const seal = fromBase64Url(text);
    if (!seal) throw refuse('challenge_spent');
    const request = { tenant, clientId, purpose: PURPOSES[purpose], seal: Buffer.from(seal) };
    const { subject, context, issuedAt } = await this.client.redeem(request, cause);
    return { subject, context, issuedAt: Number(issuedAt) };
  }
}
