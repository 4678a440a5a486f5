import type { DynamicModule } from '@nestjs/common';
import type { Sealer } from './domain/seal.js';
import type { SpentStore } from './domain/spend-challenge.js';
import { ChallengeController, type RefusalRecord } from './grpc/challenge.controller.js';
import { REFUSALS, SEALER, SPENT_STORE } from './tokens.js';

class ChallengeModule {}

/** Wiring only. */
export const challengeModule = (sealer: Sealer, store: SpentStore, refusals: RefusalRecord): DynamicModule => ({
  module: ChallengeModule,
  controllers: [ChallengeController],
  providers: [
    { provide: SEALER, useValue: sealer },
    { provide: SPENT_STORE, useValue: store },
    { provide: REFUSALS, useValue: refusals },
  ],
});
