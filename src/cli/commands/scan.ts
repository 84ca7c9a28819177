import path from 'node:path';
import type { Command } from 'commander';
import { writeClassNames } from '../../engine/dataset/write-class-names';
import { writeLabels } from '../../engine/dataset/write-labels';
import { scanImages } from '../../engine/published/scan-images';
import { type Draws, drawsOf } from '../../engine/task/draws';
import { datasetOf } from '../../engine/task/load-dataset';
import { type Project, readProject } from '../../engine/task/open-project';
import { scanDocument, scanResult } from '../../engine/task/scan-document';
import type { ScanResult, WrittenNames } from '../../shared/contracts/scan';
import { CoopError } from '../../shared/errors';
import { count, counted } from '../../shared/format/count';
import { sameNameFolders } from '../../shared/format/same-name';
import { splitWarnings } from '../../shared/verdicts/scan-warnings';
import { action, type CommonOptions } from '../console/command';
import { wholeNumbers } from '../console/option-values';
import type { Terminal } from '../console/terminal';
import { textTable } from '../console/text-table';

/** Longer lists are cut, with their number, unless --all asks for everything. */
const LISTED = 8;

interface ScanOptions extends CommonOptions {
  readonly all?: boolean;
  readonly writeClasses?: string;
  readonly writeLabels?: string;
  readonly draws?: readonly number[];
  readonly seeds?: readonly number[];
}

export function addScan(program: Command): void {
  program
    .command('scan')
    .description('what is in a folder of images: classes, counts, broken and duplicate files, rotated photos')
    .argument('<folder|file>', 'image folder, manifest (CSV, JSONL) or .prompts file')
    .option('--all', 'list every problem, not the first few')
    .option(
      '--write-classes <file>',
      'write a CSV file of all class names, vague ones as they probably are meant, to read through and put after @classes',
    )
    .option(
      '--write-labels <file>',
      'write a CSV file of all images with a label to fill in, to put after @images',
    )
    .option(
      '--draws <list>',
      'which images runs with these shots would use, such as 1,2,4,8,16',
      wholeNumbers,
    )
    .option('--seeds <list>', 'seeds of --draws; default 1,2,3', wholeNumbers)
    .option('--json', 'the whole result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  coop scan images/ --json > scan.json\n  coop scan images/ --write-classes classes.csv\n  coop scan pets.prompts --draws 16 --seeds 1,2,3 --json',
    )
    .action(
      action<[string], ScanOptions>(async (terminal, work, target, options) => {
        const project = target.endsWith('.prompts') ? await readProject(target) : null;
        checkDraws(project, options);
        const whole = project === null ? await scanImages(target, work) : await scanDocument(project, work);
        const { draws: shots, seeds = [1, 2, 3] } = options;
        const draws =
          shots === undefined || project === null
            ? undefined
            : drawsOf(await datasetOf(project, whole), shots, seeds);
        const scan = scanResult(whole);
        const { writeClasses, writeLabels: labels } = options;
        if (labels !== undefined) await writeLabels(whole, labels);
        const written = writeClasses === undefined ? undefined : await writeClassNames(whole, writeClasses);
        terminal.endProgress();
        terminal.result({ ...scan, ...draws, ...(written === undefined ? {} : { written }) });
        printScan(terminal, scan, options.all === true);
        if (draws !== undefined) printDraws(terminal, draws);
        if (labels !== undefined)
          terminal.print(['', `Wrote ${labels}: fill in its labels, then write it after @images.`]);
        if (written === undefined) return;
        const start = project?.folder ?? process.cwd();
        printWritten(
          terminal,
          written,
          path.relative(start, path.resolve(written.file)).replaceAll('\\', '/'),
        );
      }),
    );
}

function checkDraws(project: Project | null, { draws }: ScanOptions): void {
  if (draws === undefined || (project !== null && !draws.includes(0))) return;
  throw new CoopError(
    'usage',
    `--draws needs ${project === null ? 'a .prompts file' : 'at least one shot'}.`,
    {
      next: 'Write it as “coop scan pets.prompts --draws 16”.',
    },
  );
}

function printDraws(terminal: Terminal, { parts, draws }: Draws): void {
  const { pool, dev, test } = parts;
  terminal.print([
    '',
    `${counted(pool.length, 'image')} to learn from, ${count(dev.length)} dev, ${count(test.length)} test`,
  ]);
  for (const { shots, seed, perClass, train, val } of draws) {
    const { min, max } = perClass;
    const each = min === max ? `${max}` : `${min} to ${max}`;
    terminal.print(
      `${counted(shots, 'shot')}, seed ${seed}: ${counted(train.length, 'training image')} (${each} per class), ${count(val.length)} to validate`,
    );
  }
}

function printWritten(terminal: Terminal, { file, proposed, vague }: WrittenNames, directive: string): void {
  const left = vague === 0 ? '' : `; ${counted(vague, 'name')} only you can know`;
  terminal.print(['', `Wrote ${file}: ${counted(proposed, 'proposed name')}${left}.`]);
  terminal.print(`Read it through, then write “@classes ${directive}” into the document.`);
}

function printScan(terminal: Terminal, scan: ScanResult, all: boolean): void {
  const where = scan.layout === 'manifest' ? `${scan.folder} (manifest)` : scan.folder;
  terminal.print(
    `${counted(scan.imageCount, 'image')} in ${counted(scan.classes.length, 'class', 'classes')} · ${where}`,
  );
  if (scan.layout === 'flat')
    terminal.print(
      'Nothing says which classes they are of: put them into a sub-folder per class, or label them in a list (--write-labels FILE). Until then they can only be predicted.',
    );
  terminal.print();
  terminal.print(
    textTable(
      [{ title: 'class' }, { title: 'images', align: 'right' }, { title: 'folder' }],
      scan.classes.map(({ name, count: images, folder }) => [name, count(images), folder]),
    ),
  );
  const list = (title: string, lines: readonly string[]) => {
    if (lines.length === 0) return;
    terminal.print(['', title]);
    const shown = all ? lines : lines.slice(0, LISTED);
    for (const line of shown) terminal.print(`  ${line}`);
    if (shown.length < lines.length)
      terminal.print(`  … and ${count(lines.length - shown.length)} more (--all lists them)`);
  };
  if (scan.split !== undefined)
    list('The split file and the folder differ:', splitWarnings(scan.split, scan.classes.length));
  list(
    `${counted(scan.problems.length, 'path')} cannot be used:`,
    scan.problems.map(({ path, detail }) => `${path}: ${detail}`),
  );
  list(
    `${counted(scan.duplicates.length, 'group')} of files with the same bytes:`,
    scan.duplicates.map(
      ({ paths, acrossClasses }) => `${acrossClasses ? '(in different classes!) ' : ''}${paths.join(' = ')}`,
    ),
  );
  list(
    `${counted(scan.rotated.length, 'photo')} stored rotated (EXIF); CLIP's own pipeline sees them as stored, “@preprocess exif” turns them:`,
    scan.rotated,
  );
  list(
    'Names that CLIP reads as one text, so that the first class always wins (rename them, or name them in a classes file):',
    scan.sameNames.map(same => `${same.name}: ${sameNameFolders(same)}`),
  );
  const proposed = scan.vagueNames.some(({ probably }) => probably !== undefined);
  list(
    `Names that say nothing, or not what they mean, to CLIP (${proposed ? '--write-classes FILE writes a classes file with these' : 'a classes file can name them'}):`,
    scan.vagueNames.map(
      ({ name, reason, probably }) => `${name}${probably === undefined ? '' : ` → ${probably}`}: ${reason}`,
    ),
  );
}
