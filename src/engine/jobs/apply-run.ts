import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { contextFile } from '../../files/contexts/learned-context';
import { writeFileAtomic } from '../../files/disk/atomic-file';
import { readRun } from '../../files/runs/read-run';
import type { ApplyResult } from '../../shared/contracts/protocol';
import { RUN_FILES } from '../../shared/contracts/run';
import { CoopError } from '../../shared/errors';
import { parseTemplate } from '../../shared/template/parse-template';
import { replaceLearnable } from '../../shared/template/replace-learnable';

/**
 * Puts a run's learned context where templates find it, `.coop/contexts/NAME.safetensors`, and says which line takes
 * the place of which. The document itself is the caller's to change.
 * @throws CoopError `run.missing` when the run has not ended; `file.access`, `disk.full`
 */
export async function applyRun(directory: string): Promise<ApplyResult> {
  const { inputs, state } = await readRun(directory);
  if (state.phase !== 'done') {
    throw new CoopError(
      'run.missing',
      `The run “${inputs.name}” has nothing to apply yet: it is ${state.phase}.`,
      {
        subject: directory,
        next: 'Wait until it is done, or resume it.',
      },
    );
  }
  const target = contextFile(path.dirname(inputs.document.path), inputs.name);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFileAtomic(target, await readFile(path.join(directory, RUN_FILES.context)));
  const { template } = parseTemplate(inputs.template);
  if (template === null)
    throw new CoopError('run.corrupt', `${directory}: its template is not valid any more.`);
  return { line: replaceLearnable(template, inputs.name), replaces: inputs.replaces, contextFile: target };
}
