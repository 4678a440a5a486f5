// One line per test file as it ends, and what failed in it: nobody waits for the end to read of a failure.
const { relative } = require('node:path');

module.exports = class Progress {
  constructor({ rootDir }) {
    this.rootDir = rootDir;
  }

  onTestResult(_test, result) {
    const { numPassingTests, numFailingTests, numPendingTests, numTodoTests, perfStats } = result;
    const skipped = numPendingTests + numTodoTests;
    const failed = numFailingTests + (result.testExecError ? 1 : 0);
    const parts = [`${numPassingTests} passed`, failed && `${failed} failed`, skipped && `${skipped} skipped`];
    const took = ((perfStats.end - perfStats.start) / 1000).toFixed(1);
    const path = relative(this.rootDir, result.testFilePath);
    const line = `  ${process.env.SUITE} · ${path}: ${parts.filter(Boolean).join(', ')} (${took} s)\n`;
    const failures = result.failureMessage ? `${result.failureMessage.replace(/^/gm, '    ')}\n` : '';
    // At once: suites that run at the same time write to the same place.
    process.stdout.write(line + failures);
  }

  getLastError() {}
};
