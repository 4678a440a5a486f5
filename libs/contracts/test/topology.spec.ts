import { describe, expect, test } from '@jest/globals';
import {
  EVENT_TYPES,
  SERVICES,
  TOPOLOGY,
  audit,
  challenge,
  edgeFor,
  enrollment,
  risk,
  session,
  startOrder,
  tenant,
  verification,
  type ServiceName,
} from '../src/index.js';

/** Every RPC of every service as its definition names it; the gateway speaks HTTP only. */
const DEFINITIONS: Record<Exclude<ServiceName, 'gateway'>, object> = {
  tenant: tenant.TenantServiceService,
  enrollment: enrollment.EnrollmentServiceService,
  challenge: challenge.ChallengeServiceService,
  verification: verification.VerificationServiceService,
  risk: risk.RiskServiceService,
  session: session.SessionServiceService,
  audit: audit.AuditServiceService,
};

const rpcs = Object.entries(DEFINITIONS).flatMap(([service, definition]) =>
  Object.values(definition as Record<string, { path: string }>).map(({ path }) => ({
    service: service as ServiceName,
    method: path.slice(path.lastIndexOf('/') + 1),
  })),
);
const listed = TOPOLOGY.flatMap(({ to, methods }) => methods.map((method) => ({ service: to, method })));
const named = ({ service, method }: { service: string; method: string }): string => `${service}.${method}`;

describe('BCB-9.allowlist · the topology', () => {
  test('lists no method that does not exist', () => {
    const existing = new Set(rpcs.map(named));
    expect(listed.map(named).filter((name) => !existing.has(name))).toEqual([]);
  });

  test('lets somebody call every method there is', () => {
    const reachable = new Set(listed.map(named));
    expect(rpcs.map(named).filter((name) => !reachable.has(name))).toEqual([]);
  });

  test('lists each pair of caller and method once, so that its authority is one', () => {
    const pairs = TOPOLOGY.flatMap(({ from, to, methods }) => methods.map((method) => `${from} → ${to}.${method}`));
    expect(pairs.filter((pair, index) => pairs.indexOf(pair) !== index)).toEqual([]);
  });

  test('finds the edge of a listed call and of no other', () => {
    expect(edgeFor('verification', 'session', 'Establish')).toMatchObject({ authority: 'service' });
    const strangers = SERVICES.filter((from) => from !== 'verification');
    expect(strangers.filter((from) => edgeFor(from, 'session', 'Establish'))).toEqual([]);
    expect(edgeFor('verification', 'session', 'establish')).toBeUndefined();
    expect(edgeFor('', 'session', 'Check')).toBeUndefined();
  });

  test('R28 · takes nobody’s word from the gateway: a person or a token stands behind each of its calls', () => {
    const ofGateway = TOPOLOGY.filter(({ from, background }) => from === 'gateway' && !background);
    expect(ofGateway.filter(({ authority }) => authority === 'service')).toEqual([]);
  });

  test('goes one way: callees start before their callers', () => {
    const order = startOrder();
    expect([...order].sort()).toEqual([...SERVICES].sort());
    const backwards = TOPOLOGY.filter(
      ({ from, to, background }) => from !== 'cli' && !background && order.indexOf(to) > order.indexOf(from),
    );
    expect(backwards).toEqual([]);
  });

  test('gives every event type to services that exist', () => {
    const writers = new Set(Object.values(EVENT_TYPES).flat());
    expect([...writers].filter((writer) => !SERVICES.includes(writer))).toEqual([]);
  });
});
