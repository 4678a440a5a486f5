import { describe, expect, test } from '@jest/globals';
import type { Figures } from './figures.js';
import { ratiosOf, type CaseFigures } from './population/compare.js';
import { largeText } from './population/text.js';
import { besidePeer, reportText } from './report.js';
import { medianRound, type Round } from './turns.js';

const figures = (over: Partial<Figures> = {}): Figures => ({
  signInsPerSecond: 200,
  p50Ms: 70,
  p95Ms: 110,
  p99Ms: 140,
  serverCpuMs: 2,
  databaseCpuMs: 1,
  es256VerifyMs: 0.05,
  statements: 5,
  commits: 2,
  backgroundCommits: 0.2,
  walBytes: 6_000,
  errors: 0,
  open: { perSecond: 100, p50Ms: 10, p95Ms: 20, p99Ms: 30, errors: 0 },
  statementsByName: { spend: 1, bus_read: 0.2 },
  ...over,
});

describe('the report', () => {
  test('alone: CPU in ES256 verifications too, and every statement by name', () => {
    const text = reportText(figures());
    expect(text).toContain('2.000 ms = 40.0 ES256 verifications');
    expect(text).toMatch(/1\.000 {2}spend\n +0\.200 {2}bus_read/);
    expect(text).not.toContain('times the peer');
  });

  test('beside a peer: sign-ins per second of server CPU and CPU of the database, ours by theirs', () => {
    const peer = figures({ serverCpuMs: 5, databaseCpuMs: 2.5, signInsPerSecond: 100 });
    const report = besidePeer(figures(), peer);
    expect(report).toMatchObject({ ...figures(), peer, ratio: 2.5, databaseCpuRatio: 0.4 });
    const text = reportText(report, 'better-auth');
    expect(text).toMatch(/sign-ins per second +200 +100/);
    expect(text).toContain("2.50 times the peer's sign-ins per second of CPU");
    expect(text).toContain("0.40 times the peer's CPU per sign-in");
  });
});

const ofCase = (over: Partial<Figures> = {}): CaseFigures => {
  const { open: _, es256VerifyMs: __, ...closed } = figures(over);
  return { ...closed, startMs: 1_500, startCpuMs: 900, startBytes: 150 << 20, endBytes: 220 << 20 };
};

describe('R19 R21 · a large population beside the small one', () => {
  test('the figures are those of the round whose ratio is the median; errors are all there were', () => {
    const rounds = [2.2, 9, 2.4].map((serverCpuMs, errors): Round => [
      ofCase(),
      ofCase({ serverCpuMs, signInsPerSecond: 190, errors }),
    ]);
    const [small, large] = medianRound(rounds);
    expect(small).toMatchObject({ serverCpuMs: 2, errors: 0 });
    expect(large).toMatchObject({ serverCpuMs: 2.4, errors: 3 });
    const ratios = ratiosOf([small, large]);
    expect(ratios.serverCpu).toBeCloseTo(1.2);
    expect(ratios.signInsPerSecond).toBeCloseTo(0.95);
    expect(ratios.databaseCpu).toBe(1);
  });

  test('both cases stand side by side', () => {
    const population = { tenants: 1_000, credentials: 1_000_000, fillSeconds: 60 };
    const large = ofCase({ serverCpuMs: 2.2 });
    const text = largeText({ ...ofCase(), population, large, largeBySmall: ratiosOf([ofCase(), large]) });
    expect(text).toMatch(/server CPU +2\.000 ms +2\.200 ms/);
    expect(text).toMatch(/serverCpu +1\.100/);
    expect(text).toContain('1000 tenants, 1000000 credentials');
  });
});
