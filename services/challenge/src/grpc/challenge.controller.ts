import { Controller, Inject } from '@nestjs/common';
import { challenge } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import { Rpc, type Call } from '@countersign/platform';
import type { Challenge, SealedFor, Sealer } from '../domain/seal.js';
import { sealChallenge } from '../domain/seal.js';
import { spendChallenge, type SpentStore } from '../domain/spend-challenge.js';
import { REFUSALS, SEALER, SPENT_STORE } from '../tokens.js';

/** Writes down that a challenge was refused, without holding up the answer's verdict. */
export interface RefusalRecord {
  refused(target: SealedFor, code: string, request: string): Promise<void>;
}

@Controller()
export class ChallengeController {
  constructor(
    @Inject(SEALER) private readonly sealer: Sealer,
    @Inject(SPENT_STORE) private readonly store: SpentStore,
    @Inject(REFUSALS) private readonly refusals: RefusalRecord,
  ) {}

  @Rpc(challenge.ChallengeServiceService.issue)
  issue(request: challenge.IssueRequest): challenge.IssueResponse {
    if (request.ttlSeconds < 1 || request.ttlSeconds > 600) throw refuse('request_invalid', {}, 'ttl');
    const issuedAt = Date.now();
    const { subject, context } = request;
    const expiresAt = issuedAt + request.ttlSeconds * 1000;
    const seal = sealChallenge(this.sealer, targetOf(request), { subject, context, issuedAt, expiresAt });
    return { seal: Buffer.from(seal) };
  }

  @Rpc(challenge.ChallengeServiceService.redeem)
  async redeem(request: challenge.RedeemRequest, call: Call): Promise<challenge.RedeemResponse> {
    const target = targetOf(request);
    const spent = await this.spend(target, request.seal, call);
    return {
      subject: spent.subject,
      context: Buffer.from(spent.context),
      issuedAt: BigInt(spent.issuedAt),
      challengeId: spent.id,
    };
  }

  private async spend(target: SealedFor, seal: Uint8Array, call: Call): Promise<Challenge> {
    try {
      return await spendChallenge(this.sealer, this.store, target, seal);
    } catch (error) {
      const code = (error as { code?: string }).code;
      if (code === 'challenge_spent' || code === 'challenge_expired')
        await this.refusals.refused(target, code, call.requestId);
      throw error;
    }
  }
}

function targetOf(request: { tenant: string; purpose: challenge.Purpose; clientId: string }): SealedFor {
  if (request.purpose === challenge.Purpose.UNSPECIFIED) throw refuse('request_invalid', {}, 'purpose');
  return { tenant: request.tenant, purpose: request.purpose, clientId: request.clientId };
}
