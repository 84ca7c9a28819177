const { appendFileSync } = require('node:fs');
const { reporters } = require('mocha');

/**
 * Mocha's spec reporter that also leaves in $COOP_TEST_COUNTS, one JSON line a run, its counts and which tests failed
 * of what, so that the last lines of the whole say it again, where a log's beginning is often cut.
 */
module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.COOP_TEST_COUNTS;
    if (file === undefined) return;
    runner.once('end', () => {
      const { passes = 0, failures = 0, pending = 0 } = this.stats ?? {};
      const failed = this.failures.map(test => ({
        test: test.titlePath().join(' › '),
        error: test.err?.stack ?? String(test.err),
      }));
      appendFileSync(file, `${JSON.stringify({ passes, failures, pending, failed })}\n`);
    });
  }
};
