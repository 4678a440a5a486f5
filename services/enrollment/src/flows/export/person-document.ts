import { toBase64Url } from '@countersign/kernel';
import { nameContext } from '../../domain/credential.js';
import type { PersonKeys } from '../../store/person-keys.js';
import type { StoredSubject } from '../../store/subject-store.js';
import type { ExportedDeviceRow, HeldOfPerson, OfDevice, RequestRow, TicketRow } from '../../store/export-store.js';
import { openProfile } from '../profile.js';

/** What enrollment holds of a person, in clear; bytes as base64url, times as RFC 3339. */
export function personDocument(keys: PersonKeys, subject: StoredSubject, held: HeldOfPerson): Record<string, unknown> {
  const { reference, displayName } = openProfile(keys, subject, subject.profile);
  return {
    person: {
      id: subject.subject,
      pseudonym: subject.pseudonym,
      userHandle: toBase64Url(subject.userHandle),
      reference,
      displayName,
      createdAt: subject.createdAt.toISOString(),
    },
    devices: held.devices.map((row) => deviceDocument(keys, subject, row, held)),
    tickets: held.tickets.map(ticketDocument),
    requests: held.requests.map(requestDocument),
  };
}

function deviceDocument(keys: PersonKeys, owner: StoredSubject, row: ExportedDeviceRow, held: HeldOfPerson) {
  const ofThis = ({ credential }: OfDevice): boolean => credential === row.id;
  const context = nameContext({ tenant: owner.tenant, subject: owner.subject, id: row.id });
  const { name } = keys.open(owner, context, { sealed: row.name, commitment: row.name_commitment });
  return {
    id: row.id,
    name,
    credentialId: toBase64Url(row.credential_id),
    publicKey: toBase64Url(row.public_key),
    algorithm: row.algorithm,
    counter: Number(row.counter),
    backupEligible: row.backup_eligible,
    backupState: row.backup_state,
    userVerified: row.user_verified,
    transports: row.transports,
    aaguid: row.aaguid,
    keyProtection: row.key_protection,
    attestation: attestationDocument(row, held),
    state: row.state,
    stateReason: row.state_reason,
    platform: row.platform,
    client: row.client,
    policyVersion: row.policy_version,
    createdAt: row.created_at.toISOString(),
    lastUsedAt: instant(row.last_used_at),
    findings: held.findings.filter(ofThis).map(({ code, detail, action, metadata_no, resumable, found_at }) => {
      return { code, detail, action, metadata: Number(metadata_no), resumable, foundAt: found_at.toISOString() };
    }),
    sessionsToEnd: held.endings.filter(ofThis).map(({ reason, due_at, attempts }) => {
      return { reason, dueAt: due_at.toISOString(), attempts };
    }),
  };
}

const attestationDocument = (row: ExportedDeviceRow, { certificates }: HeldOfPerson) => ({
  format: row.attestation_format,
  trust: row.attestation_trust,
  key: row.attestation_key,
  anchors: row.attestation_anchors,
  object: toBase64Url(row.attestation_object),
  clientDataHash: toBase64Url(row.client_data_hash),
  certificates: certificates
    .filter(({ credential }) => credential === row.id)
    .map(({ place, format, serial, key }) => ({ place, format, serial, key })),
});

const ticketDocument = (row: TicketRow) => ({
  id: row.id,
  withPin: row.with_pin,
  wrongPins: row.wrong_pins,
  client: row.client,
  issuedAt: row.issued_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  openedAt: instant(row.opened_at),
  spentAt: instant(row.spent_at),
});

const requestDocument = ({ client, created_at }: RequestRow) => ({ client, createdAt: created_at.toISOString() });

const instant = (at: Date | null): string | null => at?.toISOString() ?? null;
