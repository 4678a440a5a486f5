import type { DynamicModule } from '@nestjs/common';
import { Peers } from './calls/peers.js';
import { API_CONTROLLERS } from './controllers/index.js';
import { PagesController } from './controllers/pages.controller.js';
import { ProbesController } from './controllers/probes.controller.js';
import type { Directory } from './http/edge.js';
import type { EdgeLimits } from './limits/limits.js';
import type { RefusalRecord } from './limits/refusal-record.js';
import { DIRECTORY, LIMITS, ORIGINS, PUBLIC_URL, READY, REFUSALS } from './tokens.js';
import type { KnownOrigins } from './http/cors.js';

export interface GatewayParts {
  peers: Peers;
  limits: EdgeLimits;
  directory: Directory;
  origins: KnownOrigins;
  refusals: RefusalRecord;
  publicUrl: string;
  ready: () => boolean;
}

class GatewayModule {}

/** Wiring only. */
export const gatewayModule = (parts: GatewayParts): DynamicModule => ({
  module: GatewayModule,
  controllers: [...API_CONTROLLERS, PagesController, ProbesController],
  providers: [
    { provide: Peers, useValue: parts.peers },
    { provide: LIMITS, useValue: parts.limits },
    { provide: DIRECTORY, useValue: parts.directory },
    { provide: ORIGINS, useValue: parts.origins },
    { provide: REFUSALS, useValue: parts.refusals },
    { provide: PUBLIC_URL, useValue: parts.publicUrl },
    { provide: READY, useValue: parts.ready },
  ],
});
