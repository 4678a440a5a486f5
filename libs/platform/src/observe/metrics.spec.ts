import { describe, expect, test } from '@jest/globals';
import { isRefusal, refuse } from '@countersign/kernel';
import { ServiceMetrics } from './metrics.js';

const codeOf = (error: unknown): string => (isRefusal(error) ? error.code : 'internal');

/** Samples of the ceremonies, without those that stand at zero. */
async function ceremonies(metrics: ServiceMetrics): Promise<string[]> {
  const lines = (await metrics.registry.metrics()).split('\n');
  return lines.filter((line) => /^countersign_ceremon\w+_total/.test(line)).sort();
}

describe('judge', () => {
  test('counts what ended well, and gives the result on', async () => {
    const metrics = new ServiceMetrics();
    expect(await metrics.judge('authentication', () => Promise.resolve(7), codeOf)).toBe(7);
    expect(await ceremonies(metrics)).toEqual(['countersign_ceremonies_succeeded_total{ceremony="authentication"} 1']);
  });

  test('counts a refusal under its code, and throws it on', async () => {
    const metrics = new ServiceMetrics();
    const spent = refuse('challenge_spent');
    await expect(metrics.judge('step_up', () => Promise.reject(spent), codeOf)).rejects.toBe(spent);
    await expect(metrics.judge('step_up', () => Promise.reject(new Error('hunter2')), codeOf)).rejects.toThrow();
    expect(await ceremonies(metrics)).toEqual([
      'countersign_ceremonies_refused_total{ceremony="step_up",code="challenge_spent"} 1',
      'countersign_ceremonies_refused_total{ceremony="step_up",code="internal"} 1',
    ]);
  });

  test('times both, in seconds', async () => {
    const metrics = new ServiceMetrics();
    await metrics.judge('registration', () => Promise.resolve(), codeOf);
    await metrics.judge('registration', () => Promise.reject(refuse('conflict')), codeOf).catch(() => undefined);
    const text = await metrics.registry.metrics();
    expect(text).toContain('countersign_ceremony_duration_seconds_count{ceremony="registration"} 2');
    const [, sum] = /duration_seconds_sum\{ceremony="registration"\} ([\d.e-]+)/.exec(text)!;
    expect(Number(sum)).toBeGreaterThan(0);
    expect(Number(sum)).toBeLessThan(60);
  });

  test('counts of one service are not those of another in the same process', async () => {
    const [one, other] = [new ServiceMetrics(), new ServiceMetrics()];
    await one.judge('registration', () => Promise.resolve(), codeOf);
    expect(await ceremonies(other)).toEqual([]);
  });
});
