// A run directory in which any file is a link, a pipe, a device, a folder, too large, cut short or gone, as each byte of the input says.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { applyRun } from '../../src/engine/jobs/apply-run';
import { readCheckpoint } from '../../src/files/runs/checkpoint';
import { FollowedEvents } from '../../src/files/runs/followed-events';
import { readReport } from '../../src/files/runs/read-report';
import { findRuns, readEvents } from '../../src/files/runs/read-run';
import { readRunTail } from '../../src/files/runs/run-file';
import { RunWriter } from '../../src/files/runs/run-writer';
import { RUN_FILES } from '../../src/shared/contracts/run';
import { CoopError } from '../../src/shared/errors';

const NAMES = [...Object.values(RUN_FILES), '.', `lock.${'0'.repeat(32)}`];
const PRECIOUS = 'line\ncut off';

/** What a byte puts in the place of a file; most leave it as it is. */
const CHANGES: readonly ((place: string, outside: string) => void)[] = [
  (place, outside) => symlinkSync(path.join(outside, 'precious'), place),
  (place, outside) => symlinkSync(path.join(outside, 'nowhere'), place),
  place => symlinkSync('/dev/zero', place),
  place => symlinkSync('/dev/ptmx', place),
  (place, outside) => linkSync(path.join(outside, 'pipe'), place),
  place => symlinkSync(path.basename(place), place),
  (place, outside) => symlinkSync(outside, place),
  place => mkdirSync(place),
  () => undefined,
  place => writeFileSync(place, ''),
  place => {
    writeFileSync(place, '{"format":');
    truncateSync(place, 2 ** 33);
  },
];

/** In each, half of the files are changed, every one in another way. */
export const runDirectorySeeds = () =>
  CHANGES.map((_, shift) =>
    Uint8Array.from(NAMES, (name, at) => (name === '.' ? 255 : (at + shift) % (2 * CHANGES.length))),
  );

/**
 * Reads, watches, applies and takes over such a run. Throws an Error, which is a finding, when anything outside changed.
 * @param run a finished run
 */
export async function readRunDirectory(input: Uint8Array, scratch: string, run: string): Promise<void> {
  const outside = path.join(scratch, 'outside');
  const project = path.join(scratch, 'project');
  if (!existsSync(outside)) {
    mkdirSync(outside);
    execFileSync('mkfifo', [path.join(outside, 'pipe')]);
    writeFileSync(path.join(outside, 'precious'), PRECIOUS);
  }
  rmSync(project, { recursive: true, force: true });
  const directory = path.join(project, '.coop/runs/20260101-000000-x');
  mkdirSync(path.dirname(directory), { recursive: true });
  writeFileSync(path.join(project, 'demo.prompts'), '');
  const isFolderChanged = (input[NAMES.indexOf('.')] ?? 255) < CHANGES.length;
  if (isFolderChanged) CHANGES[input[NAMES.indexOf('.')]!]!(directory, outside);
  else {
    mkdirSync(directory);
    for (const [at, name] of NAMES.entries()) {
      const place = path.join(directory, name);
      const change = CHANGES[input[at] ?? 255];
      if (name === '.') continue;
      if (change !== undefined) change(place, outside);
      else if (existsSync(path.join(run, name))) writeFileSync(place, readFileSync(path.join(run, name)));
    }
  }
  await findRuns(path.dirname(directory));
  await new FollowedEvents().of(directory);
  await readRunTail(directory, 'stderr', 1000);
  const refusals: CoopError[] = [];
  for (const use of [readEvents, readReport, readCheckpoint, applyRun, takeOver]) {
    try {
      await use(directory);
    } catch (thrown) {
      if (!(thrown instanceof CoopError)) throw thrown;
      refusals.push(thrown);
    }
  }
  if (readFileSync(path.join(outside, 'precious'), 'utf8') !== PRECIOUS) {
    writeFileSync(path.join(outside, 'precious'), PRECIOUS);
    throw new Error('a file outside the project was changed');
  }
  if (refusals[0] !== undefined) throw refusals[0];
}

async function takeOver(directory: string): Promise<void> {
  const writer = await RunWriter.open(directory);
  try {
    await writer.event({ type: 'warning', message: 'x' });
    await writer.phase('learning');
    await writer.file('report', '{}');
  } finally {
    await writer.close();
  }
}
