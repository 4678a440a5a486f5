import { prismaFor, prismaInTenant, type Database } from '@countersign/database';
import { isUuid, toBase64Url } from '@countersign/kernel';
import type { Credential } from '../domain/credential.js';
import type { CredentialState, StateReason } from '../domain/life-cycle.js';
import type { StoredSubject } from './subject-store.js';
import { PrismaClient } from './prisma/client.js';
import type { Credential as CredentialRecord, Subject as SubjectRecord } from './prisma/client.js';

/** Reads off the hot path. Ids of another tenant, unknown ids and what is no id are all undefined. */
export class People {
  private readonly prisma: PrismaClient;

  constructor(database: Database) {
    this.prisma = prismaFor(PrismaClient, database);
  }

  find(tenant: string, id: string): Promise<StoredSubject | undefined> {
    if (!isUuid(id)) return Promise.resolve(undefined);
    return prismaInTenant(this.prisma, tenant, async (tx) => {
      const active = { credentials: { where: { state: 'active' } } };
      const record = await tx.subject.findFirst({
        where: { tenant, id },
        include: { _count: { select: active } },
      });
      return record ? subjectOf(record, record._count.credentials) : undefined;
    });
  }

  /** All but revoked ones, oldest first. */
  credentials(tenant: string, subject: string): Promise<Credential[]> {
    return prismaInTenant(this.prisma, tenant, async (tx) => {
      const records = await tx.credential.findMany({
        where: { tenant, subject, state: { not: 'revoked' } },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      });
      return records.map(credentialOf);
    });
  }

  /** UUID of the person whose credential this is. */
  ownerOf(tenant: string, id: string): Promise<string | undefined> {
    if (!isUuid(id)) return Promise.resolve(undefined);
    return prismaInTenant(this.prisma, tenant, async (tx) => {
      const record = await tx.credential.findFirst({ where: { tenant, id }, select: { subject: true } });
      return record?.subject;
    });
  }
}

const subjectOf = (record: SubjectRecord, activeCredentials: number): StoredSubject => ({
  tenant: record.tenant,
  subject: record.id,
  pseudonym: record.pseudonym,
  userHandle: record.userHandle,
  wrappedDataKey: record.wrappedDataKey,
  referenceHash: record.referenceHash,
  profile: { sealed: record.profile, commitment: record.profileCommitment },
  createdAt: record.createdAt,
  activeCredentials,
});

const credentialOf = ({ stateReason, nameCommitment, ...record }: CredentialRecord): Credential => ({
  ...record,
  credentialId: toBase64Url(record.credentialId),
  counter: Number(record.counter),
  state: record.state as CredentialState,
  reason: stateReason as StateReason,
  name: { sealed: record.name, commitment: nameCommitment },
  lastUsedAt: record.lastUsedAt ?? undefined,
});
