import { describe, expect, test } from '@jest/globals';
import { parsePolicy, scoreRisk } from '@countersign/policy';
import { weigh } from '../src/domain/weigh.js';
import type { Question, Signals } from '../src/ports.js';

const QUESTION: Question = { tenant: 't', subject: 'p_x', credential: 'c', platform: 'ios', counterReplayed: true };
const WORST: Signals = { seenHere: false, seenAkin: false, personHere: false, failures: 9, signIns: 99 };
const QUIET: Signals = { seenHere: true, seenAkin: true, personHere: true, failures: 0, signIns: 0 };

const score = (question: Question, signals: Signals, risk: object = {}) => {
  const policy = parsePolicy({ risk }).risk;
  return scoreRisk(policy, weigh(question, signals, policy));
};

describe('what is remembered, under a policy', () => {
  test('NXG-7.clamp · the worst of everything stays at 100', () => {
    expect(score(QUESTION, WORST)).toMatchObject({ score: 100, level: 'CRITICAL', action: 'block' });
  });

  test('NXG-7.clamp · trust beyond measure stays at 0', () => {
    const trusting = { signals: { device: { known: -100 } } };
    expect(score({ ...QUESTION, counterReplayed: false }, QUIET, trusting)).toMatchObject({ score: 0, level: 'LOW' });
  });

  test('NXG-7.policy · thresholds of counting are the tenant’s', () => {
    const patient = { failures: { few: 10, many: 20 }, velocity: { multiple: 200, rapid: 300 } };
    expect(
      score({ ...QUESTION, counterReplayed: false }, { ...QUIET, failures: 9, signIns: 99 }, patient).reasons,
    ).toEqual([]);
  });
});
