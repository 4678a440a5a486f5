// What the test commands print. All of it goes to standard output, in the order it happened.

export const print = (line) => process.stdout.write(`${line}\n`);

export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** `12 passed, 0 failed`, and the skipped where there are any. */
export const counts = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

export const total = (results) =>
  results.reduce(
    (sum, { passed, failed, skipped }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      skipped: sum.skipped + skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );

export const indent = (text) => text.trimEnd().replace(/^/gm, '    ');

const FIRST_LINES = 12;

/** What failed, once more and in short: a long log is read from its end, or cut at its beginning. */
export function failures(results) {
  const failed = results.flatMap(({ suite, tests }) =>
    tests
      .filter(({ status }) => status === 'failed')
      .map(({ file, name, message = '' }) => ({
        title: [suite, file, name].filter(Boolean).join(' · '),
        message: indent(message.split('\n').slice(0, FIRST_LINES).join('\n')),
      })),
  );
  if (failed.length === 0) return [];
  return ['What failed:', ...failed.flatMap(({ title, message }) => [`  ${title}`, message])];
}
