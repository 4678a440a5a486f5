import { Module, type DynamicModule } from '@nestjs/common';
import { RiskController, type Tenants } from './grpc/risk.controller.js';
import type { History } from './ports.js';
import { HistoryExport } from './store/history-export.js';
import { HISTORY, TENANTS } from './tokens.js';

@Module({})
class RiskModule {}

/** Wiring only. */
export const riskModule = (history: History, exports: HistoryExport, tenants: Tenants): DynamicModule => ({
  module: RiskModule,
  controllers: [RiskController],
  providers: [
    { provide: HISTORY, useValue: history },
    { provide: HistoryExport, useValue: exports },
    { provide: TENANTS, useValue: tenants },
  ],
});
