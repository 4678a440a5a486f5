import type { Database, Queryable, Statement } from '@countersign/database';
import type { EnrolledModel, ModelTrust } from '@countersign/metadata';
import type { TrustPath } from '@countersign/webauthn';
import type { CredentialKey } from './credential-store.js';
import {
  FIRST,
  PAGE,
  TURN_SECONDS,
  TurnLost,
  deviceOf,
  modelOf,
  pages,
  type DeviceRow,
  type JudgedDevice,
  type ModelRow,
  type Turn,
} from './judgement-store.js';

/** Credentials of one model that rest on the same anchors. */
export interface TrustGroup extends EnrolledModel {
  /** Empty: enrolled before it was kept. */
  anchors: string;
}

/** An attestation as it was made. */
export interface KeptStatement {
  id: string;
  attestationObject: Uint8Array;
  clientDataHash: Uint8Array;
  enrolledAt: Date;
}

/** How the trust in one credential was judged again. */
export interface SettledTrust {
  id: string;
  trust: ModelTrust;
  keyIdentifier: string;
  anchors: string;
  /** Empty: what is kept stays. */
  paths: readonly TrustPath[];
}

/** What the trust in a device rests on. */
export interface DeviceTrust extends TrustGroup {
  /** Of its android-key certificates, hex. */
  serials: string[];
}

const statement = (name: string, text: string): Statement => ({ name, text });
const SQL = {
  mark: statement(
    'credential_attested',
    'update credential set attestation_key = $3, attestation_anchors = $4 where tenant = $1 and id = $2',
  ),
  keep: statement('attestation_keep', 'select attestation_keep($1, $2, $3, $4, $5, $6)'),
  groups: statement('attestation_groups', 'select * from attestation_groups($1)'),
  kept: statement('attestation_kept', 'select * from attestation_kept($1, $2, $3, $4, $5, $6, $7)'),
  settle: statement(
    'attestation_settle',
    'select attestation_settle($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) as held',
  ),
  listed: statement('attestation_listed', 'select * from attestation_listed($1, $2, $3, $4)'),
  left: statement('attestation_left', 'select * from attestation_left($1, $2, $3, $4)'),
  device: statement(
    'credential_trust',
    `select c.aaguid, c.attestation_key, c.attestation_trust, c.attestation_anchors,
            array(select a.serial from attestation_certificate a
                   where a.tenant = c.tenant and a.credential = c.id and a.format = 'android-key') as serials
       from credential c where c.tenant = $1 and c.subject = $2 and c.id = $3`,
  ),
};

interface GroupRow extends ModelRow {
  attestation_anchors: string;
}
interface KeptRow {
  id: string;
  attestation_object: Buffer;
  client_data_hash: Buffer;
  created_at: Date;
}

/** What credentials rest on, and the certificates that said so. */
export class TrustStore {
  constructor(private readonly database: Database) {}

  /** In the transaction that stores the credential. @param keyIdentifier of the model, empty where its AAGUID names it */
  async remember(
    tx: Queryable,
    { tenant, id }: Pick<CredentialKey, 'tenant' | 'id'>,
    keyIdentifier: string,
    paths: readonly TrustPath[],
  ): Promise<void> {
    if (!keyIdentifier && paths.length === 0) return;
    await tx.query(SQL.mark, [tenant, id, keyIdentifier, anchorsText(paths)]);
    if (paths.length > 0) await tx.query(SQL.keep, [tenant, ...certificateColumns([{ id, paths }])]);
  }

  /** Of attested credentials that are not removed; how many there are of each kind. */
  async groups(tenant: string): Promise<(TrustGroup & { devices: number })[]> {
    const { rows } = await this.database.query<GroupRow & { devices: bigint }>(SQL.groups, [tenant]);
    return rows.map((row) => ({ ...groupOf(row), devices: Number(row.devices) }));
  }

  kept(tenant: string, group: TrustGroup): AsyncGenerator<KeptStatement[]> {
    const { aaguid, keyIdentifier, trust, anchors } = group;
    return pages<KeptStatement>(async (last) => {
      const values = [tenant, aaguid, keyIdentifier, trust, anchors, last?.id ?? FIRST, PAGE];
      return (await this.database.query<KeptRow>(SQL.kept, values)).rows.map(keptOf);
    });
  }

  /** @throws TurnLost */
  async settle({ tenant, holder }: Turn, settled: readonly SettledTrust[]): Promise<void> {
    const { rows } = await this.database.query<{ held: boolean }>(SQL.settle, [
      ...[tenant, holder, TURN_SECONDS],
      settled.map(({ id }) => id),
      settled.map(({ trust }) => trust),
      settled.map(({ keyIdentifier }) => keyIdentifier),
      settled.map(({ anchors }) => anchors),
      ...certificateColumns(settled),
    ]);
    if (!rows[0]!.held) throw new TurnLost();
  }

  /** Devices with an android-key certificate of one of these serial numbers, in pages, each with that number. */
  listed(tenant: string, serials: readonly string[]): AsyncGenerator<(JudgedDevice & { serial: string })[]> {
    return pages<JudgedDevice & { serial: string }>(async (last) => {
      const values = [tenant, serials, last?.id ?? FIRST, PAGE];
      const { rows } = await this.database.query<DeviceRow & { serial: string }>(SQL.listed, values);
      return rows.map(({ serial, ...row }) => ({ ...deviceOf(row), serial }));
    });
  }

  /** Devices whose anchor has left the policy and whose trust is now one of these, in pages. */
  left(tenant: string, trusts: readonly ModelTrust[]): AsyncGenerator<JudgedDevice[]> {
    return pages<JudgedDevice>(async (last) => {
      const values = [tenant, trusts, last?.id ?? FIRST, PAGE];
      return (await this.database.query<DeviceRow>(SQL.left, values)).rows.map(deviceOf);
    });
  }

  /** Undefined where the person has no device of that id. */
  async of({ tenant, subject, id }: CredentialKey): Promise<DeviceTrust | undefined> {
    const { rows } = await this.database.inTenant(tenant, (tx) =>
      tx.query<GroupRow & { serials: string[] }>(SQL.device, [tenant, subject, id]),
    );
    return rows[0] && { ...groupOf(rows[0]), serials: rows[0].serials };
  }
}

/** Each anchor with the format it vouched for, as one text. */
export const anchorsText = (paths: readonly TrustPath[]): string =>
  paths
    .map(({ format, anchor }) => `${format}:${anchor}`)
    .sort()
    .join(' ');

/** The reverse of `anchorsText`. */
export const anchorsIn = (text: string): { format: string; anchor: string }[] =>
  text
    .split(' ')
    .filter((pair) => pair !== '')
    .map((pair) => ({ format: pair.slice(0, pair.indexOf(':')), anchor: pair.slice(pair.indexOf(':') + 1) }));

/** Columns of `attestation_keep`, one element for each certificate. */
function certificateColumns(kept: readonly { id: string; paths: readonly TrustPath[] }[]): unknown[][] {
  const rows = kept.flatMap(({ id, paths }) =>
    paths
      .flatMap(({ format, certificates }) => certificates.map((certificate) => ({ id, format, ...certificate })))
      .map((row, place) => ({ ...row, place })),
  );
  return [
    rows.map(({ id }) => id),
    rows.map(({ place }) => place),
    rows.map(({ format }) => format),
    rows.map(({ serial }) => serial),
    rows.map(({ key }) => key),
  ];
}

const groupOf = (row: GroupRow): TrustGroup => ({ ...modelOf(row), anchors: row.attestation_anchors });

const keptOf = (row: KeptRow): KeptStatement => ({
  id: row.id,
  attestationObject: row.attestation_object,
  clientDataHash: row.client_data_hash,
  enrolledAt: row.created_at,
});
