import type { Database, Statement } from '@countersign/database';
import type { EnrolledModel, ModelTrust } from '@countersign/metadata';
import type { CredentialState, StateReason } from '../domain/life-cycle.js';

/** What was done about a device whose model is condemned. */
export type FindingAction = 'suspended' | 'flagged' | 'listed';

/** The turn of one process to judge the devices of one tenant; lost when it takes too long over one step. */
export interface Turn {
  tenant: string;
  /** UUID of this very attempt. */
  holder: string;
}

/** What devices are about to be judged by. Who knows less than an earlier judge stands back. */
export interface Knowledge {
  /** Any of which is as good as what is to be done. */
  fingerprints: readonly string[];
  /** Of the BLOB. */
  no: number;
  /** Of the list of revoked attestation keys; null: there is no source of one. */
  statusNo: number | null;
  snapshotVersion: number;
  /** `YYYY-MM-DD` */
  day: string;
}

/** A device of a model, and what is on record about it. */
export interface JudgedDevice {
  id: string;
  pseudonym: string;
  state: CredentialState;
  reason: StateReason;
  finding: Ground | undefined;
}

/** Why a model is condemned and what follows: the same for all its devices. */
export interface Ground {
  /** A code such as `model_status_refused`. */
  code: string;
  /** The status, level or AAGUID that decided. */
  detail: string;
  action: FindingAction;
}

/** An affected device as the tenant is shown it. */
export interface Finding extends Ground {
  id: string;
  subject: string;
  model: EnrolledModel;
  state: CredentialState;
  metadataNo: number;
  foundAt: Date;
}

/** One device to be condemned, with the event that says so. */
export interface Condemned {
  device: string;
  eventId: string;
  type: string;
  leaf: Uint8Array;
}

/** A device that works again as soon as nothing condemns it, and what had condemned it. */
export interface Resumable extends Pick<Ground, 'code' | 'detail'> {
  id: string;
  pseudonym: string;
}

/** The turn went to another process, which does all of it again. */
export class TurnLost extends Error {
  override readonly name = 'TurnLost';
}

/** How long a turn lasts after each step; a step takes a fraction of it. */
export const TURN_SECONDS = 20;
export const PAGE = 500;
export const FIRST = '00000000-0000-0000-0000-000000000000';

const statement = (name: string, text: string): Statement => ({ name, text });
const SQL = {
  judged: statement('metadata_judged', 'select * from metadata_judged()'),
  claim: statement(
    'metadata_judgement_claim',
    'select metadata_judgement_claim($1, $2, $3, $4, $5, $6, $7, $8) as outcome',
  ),
  done: statement('metadata_judgement_done', 'select metadata_judgement_done($1, $2, $3) as held'),
  models: statement('metadata_models', 'select * from metadata_models($1, $2, $3, $4, $5)'),
  counts: statement('metadata_model_counts', 'select * from metadata_model_counts($1, $2, $3, $4, $5)'),
  devices: statement('metadata_devices', 'select * from metadata_devices($1, $2, $3, $4, $5, $6)'),
  condemn: statement(
    'metadata_condemn_noting',
    'select metadata_condemn_noting($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as changed',
  ),
  findings: statement('device_findings', 'select * from device_findings($1, $2, $3, $4)'),
  acquit: statement('metadata_acquit', 'select metadata_acquit($1, $2, $3, $4) as held'),
  resumable: statement('metadata_resumable', 'select * from metadata_resumable($1, $2)'),
  resume: statement('metadata_resume', 'select metadata_resume($1, $2, $3, $4, $5, $6) as resumed'),
};

export interface ModelRow {
  aaguid: string;
  attestation_key: string;
  attestation_trust: ModelTrust;
}
export interface DeviceRow {
  id: string;
  pseudonym: string;
  state: CredentialState;
  state_reason: StateReason;
  code: string | null;
  detail: string | null;
  action: FindingAction | null;
}
interface FindingRow extends ModelRow {
  id: string;
  subject: string;
  state: CredentialState;
  code: string;
  detail: string;
  action: FindingAction;
  metadata_no: bigint;
  found_at: Date;
}

/** How a tenant's devices are judged: model by model, page by page, each step a transaction of its own. */
export class JudgementStore {
  constructor(private readonly database: Database) {}

  /** Fingerprint of each tenant's last finished judgement. */
  async judged(): Promise<Map<string, string>> {
    const { rows } = await this.database.query<{ tenant: string; fingerprint: string }>(SQL.judged);
    return new Map(rows.map(({ tenant, fingerprint }) => [tenant, fingerprint]));
  }

  async claim({ tenant, holder }: Turn, by: Knowledge): Promise<'claimed' | 'done' | 'behind' | 'busy'> {
    const values = [tenant, by.fingerprints, by.no, by.snapshotVersion, by.day, holder, TURN_SECONDS, by.statusNo];
    const { rows } = await this.database.query<{ outcome: 'claimed' | 'done' | 'behind' | 'busy' }>(SQL.claim, values);
    return rows[0]!.outcome;
  }

  /** @throws TurnLost */
  async finish({ tenant, holder }: Turn, fingerprint: string): Promise<void> {
    const { rows } = await this.database.query<{ held: boolean }>(SQL.done, [tenant, holder, fingerprint]);
    if (!rows[0]!.held) throw new TurnLost();
  }

  /** Every model the tenant has devices of, in pages. */
  models(tenant: string): AsyncGenerator<EnrolledModel[]> {
    return pages<EnrolledModel>(async (last) => {
      const after = last ? [last.aaguid, last.keyIdentifier, last.trust] : [FIRST, '', ''];
      return (await this.database.query<ModelRow>(SQL.models, [tenant, ...after, PAGE])).rows.map(modelOf);
    });
  }

  /** The same, with how many devices there are of each that are not removed. */
  modelCounts(tenant: string): AsyncGenerator<(EnrolledModel & { devices: number })[]> {
    return pages<EnrolledModel & { devices: number }>(async (last) => {
      const after = last ? [last.aaguid, last.keyIdentifier, last.trust] : [FIRST, '', ''];
      const { rows } = await this.database.query<ModelRow & { devices: bigint }>(SQL.counts, [tenant, ...after, PAGE]);
      return rows.map((row) => ({ ...modelOf(row), devices: Number(row.devices) }));
    });
  }

  /** The devices of a model that are not removed, in pages. */
  devices(tenant: string, { aaguid, keyIdentifier, trust }: EnrolledModel): AsyncGenerator<JudgedDevice[]> {
    return pages<JudgedDevice>(async (last) => {
      const values = [tenant, aaguid, keyIdentifier, trust, last?.id ?? FIRST, PAGE];
      return (await this.database.query<DeviceRow>(SQL.devices, values)).rows.map(deviceOf);
    });
  }

  /** Findings, changes of state, events and sessions to be ended: one transaction. @returns changed devices @throws TurnLost */
  async condemn({ tenant, holder }: Turn, no: number, ground: Ground, devices: readonly Condemned[]): Promise<number> {
    const { rows } = await this.database.query<{ changed: number | null }>(SQL.condemn, [
      ...[tenant, holder, TURN_SECONDS, no, ground.code, ground.detail, ground.action],
      devices.map(({ device }) => device),
      devices.map(({ eventId }) => eventId),
      devices.map(({ type }) => type),
      devices.map(({ leaf }) => Buffer.from(leaf)),
    ]);
    const { changed } = rows[0]!;
    if (changed === null) throw new TurnLost();
    return changed;
  }

  /** One page of findings by device. @param after UUID of the device before it; undefined for the first page */
  async findings(tenant: string, after: string | undefined, limit: number, revoked = false): Promise<Finding[]> {
    const { rows } = await this.database.query<FindingRow>(SQL.findings, [tenant, after ?? FIRST, limit, revoked]);
    return rows.map(findingOf);
  }

  /** All findings in pages, also those of removed devices. */
  allFindings(tenant: string): AsyncGenerator<Finding[]> {
    return pages<Finding>((last) => this.findings(tenant, last?.id, PAGE, true));
  }

  /** Forgets findings that no longer hold. @throws TurnLost */
  async acquit({ tenant, holder }: Turn, devices: readonly string[]): Promise<void> {
    const { rows } = await this.database.query<{ held: boolean }>(SQL.acquit, [tenant, holder, TURN_SECONDS, devices]);
    if (!rows[0]!.held) throw new TurnLost();
  }

  /** Those of the devices that the platform suspended, that worked until then, and that nobody else has stopped since. */
  async resumable(tenant: string, devices: readonly string[]): Promise<Resumable[]> {
    return (await this.database.query<Resumable>(SQL.resumable, [tenant, devices])).rows;
  }

  /** States, events and forgotten findings: one transaction. @returns resumed devices @throws TurnLost */
  async resume({ tenant, holder }: Turn, devices: readonly Omit<Condemned, 'type'>[]): Promise<number> {
    const { rows } = await this.database.query<{ resumed: number | null }>(SQL.resume, [
      ...[tenant, holder, TURN_SECONDS],
      devices.map(({ device }) => device),
      devices.map(({ eventId }) => eventId),
      devices.map(({ leaf }) => Buffer.from(leaf)),
    ]);
    const { resumed } = rows[0]!;
    if (resumed === null) throw new TurnLost();
    return resumed;
  }
}

/** Page after page, each from the last row of the one before. */
export async function* pages<T>(read: (last: T | undefined) => Promise<T[]>): AsyncGenerator<T[]> {
  for (let page = await read(undefined); page.length > 0; page = page.length < PAGE ? [] : await read(page.at(-1)))
    yield page;
}

export const modelOf = (row: ModelRow): EnrolledModel => ({
  aaguid: row.aaguid,
  keyIdentifier: row.attestation_key,
  trust: row.attestation_trust,
});

export const deviceOf = ({ state_reason: reason, code, detail, action, ...device }: DeviceRow): JudgedDevice => ({
  ...device,
  reason,
  finding: code !== null && detail !== null && action !== null ? { code, detail, action } : undefined,
});

const findingOf = (row: FindingRow): Finding => ({
  id: row.id,
  subject: row.subject,
  model: modelOf(row),
  state: row.state,
  code: row.code,
  detail: row.detail,
  action: row.action,
  metadataNo: Number(row.metadata_no),
  foundAt: row.found_at,
});
