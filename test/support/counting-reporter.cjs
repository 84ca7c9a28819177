const { appendFileSync } = require('node:fs');
const { reporters } = require('mocha');

/** Mocha's spec reporter that also leaves its counts in $COOP_TEST_COUNTS, one JSON line a run. */
module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.COOP_TEST_COUNTS;
    if (file === undefined) return;
    runner.once('end', () => {
      const { passes = 0, failures = 0, pending = 0 } = this.stats ?? {};
      appendFileSync(file, `${JSON.stringify({ passes, failures, pending })}\n`);
    });
  }
};
