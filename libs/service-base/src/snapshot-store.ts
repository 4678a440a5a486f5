import { refuse } from '@countersign/kernel';
import { verifyJws } from '@countersign/keys';
import {
  MAX_SNAPSHOT_BYTES,
  SNAPSHOT_TOKEN,
  snapshotSchema,
  type Application,
  type TenantSnapshot,
} from '@countersign/policy';
import type { Database } from '@countersign/database';
import { ownCall, type Logger, type RpcClient } from '@countersign/platform';
import { uuidv7 } from '@countersign/kernel';
import type { tenant } from '@countersign/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrustedKeys } from './trusted-keys.js';

const LOAD = { name: 'snapshot_load', text: 'select * from snapshot_load()' };
const STORE = { name: 'snapshot_store', text: 'select snapshot_store($1, $2, $3, $4) as stored' };
const WAIT_MS = 20_000;
const RETRY_MS = [50, 100, 250, 500, 1_000];

export type TenantClient = RpcClient<Pick<typeof tenant.TenantServiceService, 'watch'>>;

/**
 * Every tenant's signed configuration in memory. It starts from the service's own table, then follows the control plane;
 * what is unsigned, signed by another key, or older than what is held is refused and logged (R32).
 */
export class SnapshotStore {
  private readonly tenants = new Map<string, TenantSnapshot>();
  private readonly slugs = new Map<string, string>();
  private readonly clients = new Map<string, { tenant: string; application: Application }>();
  private sequence = 0n;
  private current = false;
  private readonly stopping = new AbortController();
  private watching: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly control: TenantClient,
    private readonly trusted: Pick<TrustedKeys, 'key'>,
    private readonly log: Logger,
    /** Told the newest change that is held, each time it moves. */
    private readonly onHeld: (sequence: bigint) => void = () => undefined,
  ) {}

  /** Loads what is held, then watches until `stop`. */
  async start(): Promise<void> {
    const { rows } = await this.database.query<{ sequence: bigint; jws: string }>(LOAD);
    for (const row of rows) {
      if (await this.accept(row.jws, row.sequence, false)) this.sequence = row.sequence;
    }
    this.onHeld(this.sequence);
    this.watching = this.watch();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    // A long poll that is still waiting is left to its deadline; nothing depends on its answer.
    await Promise.race([this.watching, sleep(100)]);
  }

  /** Configuration is known, from the control plane or from before. */
  ready = (): boolean => this.current || this.tenants.size > 0;

  /** Whether there is such a tenant. */
  has = (tenant: string): boolean => this.tenants.has(tenant);

  /** @throws `not_found` */
  byTenant(tenant: string): TenantSnapshot {
    const found = this.tenants.get(tenant);
    if (!found) throw refuse('not_found');
    return found;
  }

  /** @throws `not_found` */
  bySlug(slug: string): TenantSnapshot {
    return this.byTenant(this.slugs.get(slug) ?? '');
  }

  /** The application and its tenant. @throws `client_unknown` */
  byClient(clientId: string): { snapshot: TenantSnapshot; application: Application } {
    const found = this.clients.get(clientId);
    if (!found) throw refuse('client_unknown');
    return { snapshot: this.byTenant(found.tenant), application: found.application };
  }

  all = (): IterableIterator<TenantSnapshot> => this.tenants.values();

  private async watch(): Promise<void> {
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      try {
        const request = { after: this.sequence, limit: 100, waitMs: this.current ? WAIT_MS : 0 };
        const { snapshots } = await this.control.watch(request, ownCall(uuidv7(), WAIT_MS + 5_000));
        await this.acceptAll(snapshots);
        if (snapshots.length === 0) this.current = true;
        failures = 0;
      } catch (error) {
        if (!this.stopping.signal.aborted) this.log.warn('snapshot.watch_failed', { error });
        await sleep(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)], undefined, {
          signal: this.stopping.signal,
        }).catch(() => undefined);
      }
    }
  }

  private advance(sequence: bigint): void {
    this.sequence = sequence;
    this.onHeld(sequence);
  }

  /** Moves on only past what is held: what was refused or could not be stored is asked for again. */
  private async acceptAll(snapshots: readonly { jws: string; sequence: bigint }[]): Promise<void> {
    let refused: bigint | undefined;
    for (const { jws, sequence } of snapshots) {
      const held = await this.accept(jws, sequence, true);
      if (!held) refused ??= sequence;
      if (refused === undefined) this.advance(sequence);
    }
    if (refused !== undefined) throw refuse('token_refused', {}, `snapshot ${refused}`);
  }

  /** @returns whether this version, or a newer one, is held now */
  private async accept(jws: string, sequence: bigint, store: boolean): Promise<boolean> {
    const snapshot = await this.verified(jws);
    if (!snapshot) return false;
    const held = this.tenants.get(snapshot.tenant);
    if (held && held.version >= snapshot.version) {
      if (held.version > snapshot.version) this.log.warn('snapshot.older_refused', { tenant: held.tenant });
      return true;
    }
    if (store) await this.database.query(STORE, [snapshot.tenant, snapshot.version, sequence, jws]);
    this.hold(snapshot);
    return true;
  }

  private async verified(jws: string): Promise<TenantSnapshot | undefined> {
    try {
      const { claims } = await verifyJws(jws, {
        typ: SNAPSHOT_TOKEN.typ,
        issuer: SNAPSHOT_TOKEN.issuer,
        audience: SNAPSHOT_TOKEN.audience,
        keyOf: (kid) => this.trusted.key(kid),
        now: new Date(),
        maxTokenBytes: MAX_SNAPSHOT_BYTES,
      });
      return snapshotSchema.parse(claims.snapshot);
    } catch (error) {
      this.log.error('snapshot.refused', { error });
      return undefined;
    }
  }

  private hold(snapshot: TenantSnapshot): void {
    const before = this.tenants.get(snapshot.tenant);
    for (const { clientId } of before?.applications ?? []) this.clients.delete(clientId);
    if (before && this.slugs.get(before.slug) === snapshot.tenant) this.slugs.delete(before.slug);
    this.tenants.set(snapshot.tenant, snapshot);
    this.slugs.set(snapshot.slug, snapshot.tenant);
    for (const application of snapshot.applications) {
      this.clients.set(application.clientId, { tenant: snapshot.tenant, application });
    }
    this.log.info('snapshot.held', { tenant: snapshot.tenant, version: snapshot.version });
  }
}
