import type { ServiceName } from './topology.js';

const ALL: readonly ServiceName[] = [
  'gateway',
  'tenant',
  'enrollment',
  'challenge',
  'verification',
  'risk',
  'session',
  'audit',
];

/** Every event type and who may write it. A type is never removed: the log keeps its leaves for years. */
export const EVENT_TYPES = {
  'call.refused': ALL,
  'refusals.aggregated': ['gateway'],
  'tenant.created': ['tenant'],
  'application.created': ['tenant'],
  'policy.activated': ['tenant'],
  'application.changed': ['tenant'],
  'operator.added': ['tenant'],
  'snapshot.resigned': ['tenant'],
  'subject.created': ['enrollment'],
  'subject.exported': ['enrollment'],
  'subject.erased': ['enrollment'],
  'erasure.confirmed': ['session', 'risk', 'audit'],
  'erasure.completed': ['enrollment'],
  'ticket.issued': ['enrollment'],
  'ticket.opened': ['enrollment'],
  'ticket.refused': ['enrollment'],
  'credential.enrolled': ['enrollment'],
  'credential.refused': ['enrollment'],
  'credential.renamed': ['enrollment'],
  'credential.suspended': ['enrollment'],
  'credential.flagged': ['enrollment'],
  'credential.resumed': ['enrollment'],
  'credential.revoked': ['enrollment'],
  'fleet.judged': ['enrollment'],
  'grant.refused': ['enrollment', 'verification'],
  'challenge.refused': ['challenge'],
  'authentication.refused': ['verification'],
  'stepup.refused': ['verification'],
  'grant.redeemed': ['verification'],
  'session.established': ['session'],
  'session.elevated': ['session'],
  'session.ended': ['session'],
  'session.refused': ['session'],
  'grant.issued': ['session'],
  'refresh.reused': ['session'],
  'client.refused': ['session'],
} as const satisfies Record<string, readonly ServiceName[]>;

export type EventType = keyof typeof EVENT_TYPES;
