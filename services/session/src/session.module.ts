import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { systemClock, type Clock } from '@countersign/kernel';
import { CallerTokens } from './application/caller-tokens.js';
import { CheckCaller } from './application/check-caller.js';
import { ClientAuthentication } from './application/client-authentication.js';
import { ClientKeys } from './application/client-keys.js';
import { DisabledKeys } from './application/disabled-keys.js';
import { Introspection } from './application/introspection.js';
import { Issuers } from './application/issuers.js';
import { Minting } from './application/minting.js';
import { OAuth } from './application/oauth.js';
import { OwnSessions } from './application/own-sessions.js';
import { Proofs } from './application/proofs.js';
import type { TokenKeys } from './application/token-keys.js';
import type { LastActive } from './domain/last-active.js';
import { CallerController } from './grpc/caller.controller.js';
import { ExportController } from './grpc/export.controller.js';
import { KeyController } from './grpc/key.controller.js';
import { MintingController } from './grpc/minting.controller.js';
import { OAuthController } from './grpc/oauth.controller.js';
import { OwnSessionsController } from './grpc/own-sessions.controller.js';
import type { AssertionStore, Events, ProofKeys, ProofStore, SessionStore, Snapshots } from './ports.js';
import { SessionExport } from './store/session-export.js';
import { TOKEN_KEYS } from './tokens.js';

export interface SessionParts {
  keys: TokenKeys;
  publicUrl: string;
  snapshots: Snapshots;
  store: SessionStore;
  exports: SessionExport;
  disabled: DisabledKeys;
  assertions: AssertionStore;
  proofKeys: ProofKeys;
  proofStore: ProofStore;
  events: Events;
  activity: LastActive;
  clock?: Clock;
}

@Module({})
class SessionModule {}

/** Wiring only. */
export const sessionModule = (parts: SessionParts): DynamicModule => ({
  module: SessionModule,
  controllers: [
    CallerController,
    OAuthController,
    OwnSessionsController,
    MintingController,
    ExportController,
    KeyController,
  ],
  providers: providersOf(parts),
});

function providersOf({ clock = systemClock, ...parts }: SessionParts): Provider[] {
  const { keys, snapshots, store, events, activity } = parts;
  const issuers = new Issuers(keys, snapshots, parts.publicUrl, parts.disabled, clock);
  const tokens = new CallerTokens(keys.signing, clock);
  const clients = new ClientAuthentication(snapshots, issuers, parts.assertions, events, clock);
  const proofs = new Proofs(parts.proofKeys, parts.proofStore, parts.publicUrl, clock);
  const clientKeys = new ClientKeys(proofs, events);
  const check = new CheckCaller(snapshots, store, issuers, proofs, tokens, events, activity, clock);
  return [
    { provide: TOKEN_KEYS, useValue: keys },
    { provide: DisabledKeys, useValue: parts.disabled },
    { provide: SessionExport, useValue: parts.exports },
    { provide: Issuers, useValue: issuers },
    { provide: CheckCaller, useValue: check },
    { provide: OAuth, useValue: new OAuth(clients, store, issuers, clientKeys, events) },
    { provide: Introspection, useValue: new Introspection(snapshots, store, issuers, clock) },
    { provide: OwnSessions, useValue: new OwnSessions(snapshots, store, issuers, events, clock) },
    { provide: Minting, useValue: new Minting(snapshots, store, issuers, tokens, clientKeys, events, clock) },
  ];
}
