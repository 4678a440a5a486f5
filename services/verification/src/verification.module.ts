import { Module, type DynamicModule } from '@nestjs/common';
import type { ServiceMetrics } from '@countersign/platform';
import { VerificationController } from './grpc/verification.controller.js';
import type { Ports } from './ports.js';
import { METRICS, PORTS } from './tokens.js';

@Module({})
class VerificationModule {}

/** Wiring only. */
export const verificationModule = (ports: Ports, metrics: ServiceMetrics): DynamicModule => ({
  module: VerificationModule,
  controllers: [VerificationController],
  providers: [
    { provide: PORTS, useValue: ports },
    { provide: METRICS, useValue: metrics },
  ],
});
