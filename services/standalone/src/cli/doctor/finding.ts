/** What one check found. */
export interface Finding {
  check: string;
  ok: boolean;
  /** What is wrong and what to do, or a figure. */
  detail: string;
}

/** A check is as it should be when it found no problem. */
export const finding = (check: string, problems: readonly string[], figure = ''): Finding => ({
  check,
  ok: problems.length === 0,
  detail: problems.length === 0 ? figure : problems.join('; '),
});
