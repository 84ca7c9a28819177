import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import CountingReporter from '../../support/counting-reporter.cjs';
import { codeLists } from './code-lists';
import { commands } from './commands';
import { downloads } from './downloads';
import { experiments } from './experiments';
import { faults } from './faults';
import { language } from './language';
import { restricted } from './restricted';
import { story } from './story';
import { suggestions } from './suggestions';
import { words } from './words';

/** What VS Code calls in the extension host: rejects when a test failed or none ran, and leaves the counts. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 240_000, color: false, reporter: CountingReporter });
  mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, 'story', mocha);
  if (process.env['COOP_TEST_TRUST'] === 'restricted') restricted();
  // The packaged extension walks the same story; what goes wrong is the same code.
  else if (process.env['COOP_TEST_PACKAGED'] === '1') story();
  else {
    story();
    faults();
    downloads();
    codeLists();
    language();
    commands();
    suggestions();
    words();
    experiments();
  }
  // For work on one test: `COOP_TEST_GREP=words node test/run.mjs extension` starts one host only.
  const { COOP_TEST_GREP: wanted } = process.env;
  if (wanted !== undefined) mocha.grep(new RegExp(wanted));
  const { passes, failures, pending } = await new Promise<Mocha.Stats>(resolve => {
    const runner = mocha.run(() => resolve(runner.stats!));
  });
  const { CODE_HOST_RESULT } = process.env;
  if (CODE_HOST_RESULT !== undefined)
    writeFileSync(CODE_HOST_RESULT, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
  if (failures > 0) throw new Error(`${failures} tests failed`);
  if (passes === 0) throw new Error('no test ran');
}
