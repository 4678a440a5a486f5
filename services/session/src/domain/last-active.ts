/** When a session was last used. */
export interface Touch {
  session: string;
  at: Date;
}

interface Entry {
  tenant: string;
  session: string;
  /** Unix milliseconds of the last use. */
  at: number;
  /** Unix milliseconds of the last write. */
  takenAt: number;
  spacing: number;
  pending: boolean;
}

const MAX_SPACING_MS = 60_000;

/**
 * Least time between two writes of one session, milliseconds: a minute, or less where a policy ends idle sessions so
 * soon that a minute would matter. A fifth keeps what is stored fresh enough that nobody is signed out early.
 *
 * @param inactivity seconds of the policy
 */
export const spacingOf = (inactivity: number): number => Math.min(MAX_SPACING_MS, (inactivity * 1000) / 5);

/**
 * Remembers which sessions were used and hands them over for writing, each at most once per spacing. A use within the
 * spacing waits until it is over: what is stored is late by one spacing at most.
 */
export class LastActive {
  private readonly entries = new Map<string, Entry>();

  touch(tenant: string, session: string, at: Date, spacing: number): void {
    const key = `${tenant} ${session}`;
    const { at: before, takenAt } = this.entries.get(key) ?? { at: -Infinity, takenAt: -Infinity };
    this.entries.set(key, { tenant, session, at: Math.max(before, at.getTime()), takenAt, spacing, pending: true });
  }

  /** Takes what is due, by tenant; with `all` everything, because the process is ending. */
  take(now: Date, all = false): Map<string, Touch[]> {
    const due = new Map<string, Touch[]>();
    for (const [key, entry] of this.entries) {
      if (!all && now.getTime() - entry.takenAt < entry.spacing) continue;
      if (!entry.pending) {
        this.entries.delete(key);
        continue;
      }
      Object.assign(entry, { pending: false, takenAt: now.getTime() });
      due.set(entry.tenant, [...(due.get(entry.tenant) ?? []), { session: entry.session, at: new Date(entry.at) }]);
    }
    return due;
  }

  /** Puts back what was taken and could not be written. */
  restore(tenant: string, touches: readonly Touch[]): void {
    for (const { session } of touches) {
      const entry = this.entries.get(`${tenant} ${session}`);
      if (entry) entry.pending = true;
    }
  }
}
