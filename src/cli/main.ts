import { Command } from 'commander';
import { forbidTelemetry } from '../engine/runtime/no-telemetry';
import { VERSION } from '../engine/version';
import { addApply } from './commands/apply';
import { addDatasets } from './commands/datasets';
import { addDevices } from './commands/devices';
import { addEmbed } from './commands/embed';
import { addExperiment } from './commands/experiment';
import { addExport } from './commands/export';
import { addImport } from './commands/import';
import { addLabel } from './commands/label';
import { addLearn } from './commands/learn';
import { addModels } from './commands/models';
import { addPredict } from './commands/predict';
import { addPreprocess } from './commands/preprocess';
import { addReport } from './commands/report';
import { addRuns } from './commands/runs';
import { addScan } from './commands/scan';
import { addScore } from './commands/score';
import { addServe } from './commands/serve';
import { addSuggest } from './commands/suggest';
import { addTest } from './commands/test';
import { addTokenize } from './commands/tokenize';
import { EXIT } from './console/exit-code';
import { outliveClosedOutputs, outputLines } from './console/output';

forbidTelemetry();
outliveClosedOutputs();
const program = new Command('coop')
  .description('Score CLIP prompt templates on your own images, and learn better ones (CoOp).')
  .version(VERSION)
  .showHelpAfterError('(coop --help lists the commands)')
  // Its messages repeat what was typed; what a shell put there from a folder is data.
  .configureOutput({
    writeErr: text => outputLines('stderr', text.trimEnd().split('\n')),
  })
  .exitOverride(error => process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage))
  .addHelpText(
    'after',
    `
Examples:
  coop scan images/                      what is in a folder of images
  coop score pets.prompts                accuracy of every template on the dev images
  coop learn pets.prompts                learn the prompt of the document's learnable line
  coop suggest pets.prompts              better templates: published ones, edits of a line, an ensemble
  coop test pets.prompts                 do the templates reach what “# expect:” asks of them
  coop report                            what the newest run gained, on test images
  coop apply                             put the learned prompt into the document

Exit codes:
  0 done   1 the machine failed (disk, device, crash)   2 wrong usage
  3 the input is at fault (document, images, model, run)   4 another process writes this run
  5 a template fell short of its “# expect:”   130 cancelled

Environment:
  COOP_CACHE_DIR  where image features are kept     COOP_DEBUG=1  stack traces of unexpected errors`,
  );

for (const add of [
  addScan,
  addDatasets,
  addScore,
  addTest,
  addLabel,
  addSuggest,
  addPredict,
  addLearn,
  addExperiment,
  addRuns,
  addReport,
  addApply,
  addEmbed,
  addTokenize,
  addPreprocess,
  addExport,
  addImport,
  addModels,
  addDevices,
  addServe,
])
  add(program);

void program.parseAsync();
