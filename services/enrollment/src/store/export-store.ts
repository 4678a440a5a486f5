import type { Transaction } from '@countersign/database';

const DEVICES = {
  name: 'export_devices',
  text: 'select * from credential where tenant = $1 and subject = $2 order by created_at, id',
};
const CERTIFICATES = {
  name: 'export_certificates',
  text: `select a.credential, a.place, a.format, a.serial, a.key from attestation_certificate a
           join credential c on c.tenant = a.tenant and c.id = a.credential
          where c.tenant = $1 and c.subject = $2 order by a.credential, a.place`,
};
const FINDINGS = {
  name: 'export_findings',
  text: `select f.* from device_finding f join credential c on c.tenant = f.tenant and c.id = f.credential
          where c.tenant = $1 and c.subject = $2 order by f.found_at`,
};
const ENDINGS = {
  name: 'export_endings',
  text: `select d.credential, d.reason, d.due_at, d.attempts from device_ending d
           join credential c on c.tenant = d.tenant and c.id = d.credential
          where c.tenant = $1 and c.subject = $2 order by d.due_at`,
};
const TICKETS = {
  name: 'export_tickets',
  text: `select id, pin_hash is not null as with_pin, wrong_pins, client, issued_at, expires_at, opened_at, spent_at
           from ticket where tenant = $1 and subject = $2 order by issued_at`,
};
const REQUESTS = {
  name: 'export_requests',
  text: 'select client, created_at from idempotency_key where tenant = $1 and subject = $2 order by created_at',
};

/** A row of `credential`, whole. */
export interface ExportedDeviceRow {
  id: string;
  credential_id: Buffer;
  public_key: Buffer;
  algorithm: number;
  counter: bigint;
  backup_eligible: boolean;
  backup_state: boolean;
  user_verified: boolean;
  transports: string[];
  aaguid: string;
  attestation_format: string;
  attestation_trust: string;
  attestation_key: string;
  attestation_anchors: string;
  attestation_object: Buffer;
  client_data_hash: Buffer;
  key_protection: string[];
  state: string;
  state_reason: string;
  name: Buffer;
  name_commitment: string;
  platform: string;
  client: string;
  policy_version: number;
  created_at: Date;
  last_used_at: Date | null;
}

export interface OfDevice {
  credential: string;
}
export interface CertificateRow extends OfDevice {
  place: number;
  format: string;
  serial: string;
  key: string;
}
export interface FindingRow extends OfDevice {
  code: string;
  detail: string;
  action: string;
  metadata_no: bigint;
  resumable: boolean;
  found_at: Date;
}
export interface EndingRow extends OfDevice {
  reason: string;
  due_at: Date;
  attempts: number;
}
export interface TicketRow {
  id: string;
  with_pin: boolean;
  wrong_pins: number;
  client: string | null;
  issued_at: Date;
  expires_at: Date;
  opened_at: Date | null;
  spent_at: Date | null;
}
export interface RequestRow {
  client: string;
  created_at: Date;
}

export interface HeldOfPerson {
  devices: ExportedDeviceRow[];
  certificates: CertificateRow[];
  findings: FindingRow[];
  endings: EndingRow[];
  tickets: TicketRow[];
  requests: RequestRow[];
}

/** Everything in this service's tables that is of one person, beside the person's own row. */
export async function heldOf(tx: Transaction, tenant: string, subject: string): Promise<HeldOfPerson> {
  const rows = async <T>(statement: { name: string; text: string }): Promise<T[]> =>
    (await tx.query<T>(statement, [tenant, subject])).rows;
  return {
    devices: await rows(DEVICES),
    certificates: await rows(CERTIFICATES),
    findings: await rows(FINDINGS),
    endings: await rows(ENDINGS),
    tickets: await rows(TICKETS),
    requests: await rows(REQUESTS),
  };
}
