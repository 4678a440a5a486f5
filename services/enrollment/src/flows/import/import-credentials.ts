import { randomUUID } from 'node:crypto';
import { makeLeaf, type Leaf } from '@countersign/contracts';
import type { Transaction } from '@countersign/database';
import { fromBase64Url, refuse, toBase64Url, type Code } from '@countersign/kernel';
import type { TenantSnapshot } from '@countersign/policy';
import { nameContext } from '../../domain/credential.js';
import { ImportPlan, type Decision, type ImportLine } from '../../domain/import-plan.js';
import type { Person } from '../../domain/person.js';
import { defaultDeviceName } from '../../domain/text.js';
import type { Parts } from '../../parts.js';
import { credentialHash } from '../../store/credential-store.js';
import type { ImportedRow, ImportStore } from '../../store/import-store.js';
import { newSubject, type NewSubject } from '../new-subject.js';
import { Overtaken, unlessOvertaken } from '../overtaken.js';
import { importableAlgorithms, judgeByPolicy } from './import-policy.js';
import { readLine, type LineRefused, type ReadLine } from './import-line.js';

/** Lines of one call: what a transaction of some ten milliseconds holds. */
export const MOST_LINES = 500;

export interface ImportRequest {
  tenant: string;
  client: string;
  lines: readonly string[];
  /** Everything is checked and nothing is kept. */
  dryRun: boolean;
  request: string;
}

export interface ImportOutcome {
  outcome: 'imported' | 'known' | 'refused';
  code?: Code;
  errors?: LineRefused['errors'];
}

type Read = ReadLine & ImportLine;
type Placed = { line: Read; decision: Extract<Decision, { outcome: 'imported' }> };

/**
 * Credentials of a bank that has WebAuthn already. Each line is held against the rules of a registration as far as no
 * ceremony is needed for them; nobody vouches for it, so its trust is `none`. A batch is one transaction with one event a
 * credential; run again, it finds what is there.
 */
export class Imports {
  constructor(
    private readonly parts: Pick<
      Parts,
      'database' | 'keys' | 'hashes' | 'journal' | 'snapshots' | 'models' | 'clock' | 'subjects'
    >,
    private readonly store: ImportStore,
  ) {}

  /** @returns one outcome a line, in their order @throws `request_invalid` for too many lines at once, `not_found`, `conflict` */
  async run(asked: ImportRequest): Promise<ImportOutcome[]> {
    if (asked.lines.length > MOST_LINES)
      throw refuse('request_invalid', { errors: [{ path: 'lines', message: `more than ${MOST_LINES}` }] });
    const snapshot = this.parts.snapshots.byTenant(asked.tenant);
    await this.parts.keys.ready(asked.tenant);
    const algorithms = importableAlgorithms(snapshot);
    const read = asked.lines.map((text) => this.read(text, snapshot, algorithms));
    const outcomes = await unlessOvertaken(() =>
      this.parts.database.inTenant(asked.tenant, (tx) => this.batch(tx, asked, snapshot, read)),
    );
    this.parts.journal.committed();
    return outcomes;
  }

  private read(text: string, snapshot: TenantSnapshot, algorithms: readonly number[]): Read | LineRefused {
    const result = readLine(text, algorithms, this.parts.clock.now());
    if (!result.ok) return result;
    const { line } = result;
    const refused = judgeByPolicy(this.parts, snapshot, line);
    if (refused) return refused;
    const referenceHash = toBase64Url(this.parts.hashes.reference(snapshot.tenant, line.reference));
    return { ...line, referenceHash, credentialHash: toBase64Url(credentialHash(line.credentialId)!) };
  }

  private async batch(
    tx: Transaction,
    asked: ImportRequest,
    snapshot: TenantSnapshot,
    read: readonly (Read | LineRefused)[],
  ): Promise<ImportOutcome[]> {
    const good = read.filter((each): each is Read => !('ok' in each));
    const { plan, people, created } = await this.plan(tx, asked.tenant, good);
    const decided = read.map((each) => ('ok' in each ? each : { line: each, decision: plan.decide(each) }));
    const placed = decided.filter((each): each is Placed => 'decision' in each && each.decision.outcome === 'imported');
    if (!asked.dryRun && placed.length > 0) await this.keep(tx, asked, snapshot, placed, people, created);
    return decided.map((each) =>
      'ok' in each ? { outcome: 'refused', code: each.code, errors: each.errors } : outcomeOf(each.decision),
    );
  }

  private async plan(tx: Transaction, tenant: string, lines: readonly Read[]) {
    const bytesOf = (values: (string | undefined)[]) =>
      values.flatMap((value) => (value ? [fromBase64Url(value)!] : []));
    const references = bytesOf(lines.map(({ referenceHash }) => referenceHash));
    // Keys before people: whose key is found, is found as well.
    const known = await this.store.credentials(tx, tenant, bytesOf(lines.map((line) => line.credentialHash)));
    const found = await this.store.people(tx, tenant, references, bytesOf(lines.map(({ userHandle }) => userHandle)));
    const people = new Map<string, Person>(found.map(({ subject, person }) => [subject, person]));
    const created = new Map<string, NewSubject>();
    const make = (line: ImportLine) => {
      const handle = line.userHandle === undefined ? undefined : fromBase64Url(line.userHandle);
      const { reference, displayName } = line as Read;
      const made = newSubject(this.parts, tenant, { reference, displayName }, handle);
      created.set(made.subject, made);
      people.set(made.subject, made);
      return { subject: made.subject, userHandle: toBase64Url(made.userHandle) };
    };
    return { plan: new ImportPlan(found, known, make), people, created };
  }

  /** People, credentials and an event for each of both, or nothing of the batch. */
  private async keep(
    tx: Transaction,
    { tenant, client, request }: ImportRequest,
    { policyVersion }: TenantSnapshot,
    placed: readonly Placed[],
    people: ReadonlyMap<string, Person>,
    created: ReadonlyMap<string, NewSubject>,
  ): Promise<void> {
    const { store } = this;
    for (const { line, decision } of placed) {
      if (decision.adopt && !(await store.adopt(tx, tenant, decision.person, line.userHandle!))) throw new Overtaken();
    }
    const known = new Set(placed.map(({ decision }) => decision.person).filter((id) => !created.has(id)));
    if (!(await this.parts.subjects.hold(tx, tenant, [...known]))) throw new Overtaken();
    // In one order everywhere, so that two imports of the same file wait for each other and never both.
    const fresh = [...created.values()].sort((a, b) => Buffer.compare(a.referenceHash, b.referenceHash));
    const rows = placed
      .map(({ line, decision }) => this.row(line, people.get(decision.person)!))
      .sort((a, b) => Buffer.compare(a.hash, b.hash));
    const where = { tenant, client, policyVersion };
    const kept = (await store.addPeople(tx, tenant, fresh)) && (await store.addCredentials(tx, where, rows));
    if (!kept) throw new Overtaken();
    const common = { source: 'enrollment', outcome: 'success', tenant, client, request } as const;
    const births = fresh.map(({ pseudonym }) => makeLeaf({ ...common, type: 'subject.created', subject: pseudonym }));
    const leaves = rows.map((row): Leaf => {
      const subject = people.get(row.subject)!.pseudonym;
      return makeLeaf({ ...common, type: 'credential.enrolled', subject, ...factsOf(row, policyVersion) });
    });
    await store.append(tx, tenant, [...births, ...leaves]);
  }

  private row(line: Read, person: Person): ImportedRow {
    const { tenant, subject } = person;
    const id = randomUUID();
    const name = this.parts.keys.seal(person, nameContext({ tenant, subject, id }), {
      name: defaultDeviceName('other'),
    });
    return {
      ...line,
      ...{ id, subject, name },
      publicKey: fromBase64Url(line.publicKey)!,
      hash: fromBase64Url(line.credentialHash)!,
      userVerified: line.uvInitialized,
      createdAt: line.made,
    };
  }
}

const outcomeOf = (decision: Decision): ImportOutcome =>
  decision.outcome === 'refused' ? { outcome: 'refused', code: decision.code } : { outcome: decision.outcome };

/** The facts of any other enrollment; `by` says that no ceremony of ours stands behind this one. */
const factsOf = ({ id, aaguid, algorithm, backupEligible }: ImportedRow, policy: number) => ({
  credential: id,
  policy,
  facts: {
    aaguid,
    algorithm: String(algorithm),
    attestation: 'none none',
    backupEligible: String(backupEligible),
    platform: 'other',
    by: 'import',
  },
});
