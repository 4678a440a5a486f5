/** Refusals of one kind within one period, as one event will tell them. */
export interface Aggregate {
  tenant: string;
  code: string;
  /** Network prefix, or `many` once there were too many to tell apart. */
  network: string;
  count: number;
  /** One request of them. */
  sample: string;
}

/** Kinds told apart in one period; beyond it networks are no longer told apart, so a stranger cannot fill the log. */
const MAX_GROUPS = 500;

/** Counts the edge's own refusals, so that each is in the record and none is a row of its own. */
export class RefusalAggregates {
  private groups = new Map<string, Aggregate>();

  add(refusal: Omit<Aggregate, 'count' | 'sample'>, requestId: string): void {
    this.restore({ ...refusal, count: 1, sample: requestId });
  }

  /** Counts again what could not be written. */
  restore(counted: Aggregate): void {
    const exact = this.groups.get(keyOf(counted));
    const full = !exact && this.groups.size >= MAX_GROUPS;
    const kind = full ? { ...counted, network: 'many' } : counted;
    const group = exact ?? this.groups.get(keyOf(kind));
    if (group) group.count += counted.count;
    else this.groups.set(keyOf(kind), { ...kind });
  }

  /** Everything counted since the last call. */
  drain(): Aggregate[] {
    const aggregates = [...this.groups.values()];
    this.groups = new Map();
    return aggregates;
  }
}

const keyOf = ({ tenant, code, network }: Omit<Aggregate, 'count' | 'sample'>): string =>
  `${tenant} ${code} ${network}`;
