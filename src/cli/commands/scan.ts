import path from 'node:path';
import type { Command } from 'commander';
import { scanFolder } from '../../engine/dataset/scan-folder';
import { writeClassNames } from '../../engine/dataset/write-class-names';
import { readProject } from '../../engine/task/open-project';
import { scanDocument, scanResult } from '../../engine/task/scan-document';
import type { ScanResult, WrittenNames } from '../../shared/contracts/scan';
import { count, counted } from '../../shared/format/count';
import { sameNameFolders } from '../../shared/format/same-name';
import { action, type CommonOptions } from '../console/command';
import type { Terminal } from '../console/terminal';
import { textTable } from '../console/text-table';

/** Longer lists are cut, with their number, unless --all asks for everything. */
const LISTED = 8;

interface ScanOptions extends CommonOptions {
  readonly all?: boolean;
  readonly writeClasses?: string;
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
    .option('--json', 'the whole result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  coop scan images/ --json > scan.json\n  coop scan images/ --write-classes classes.csv',
    )
    .action(
      action<[string], ScanOptions>(async (terminal, work, target, options) => {
        const document = target.endsWith('.prompts');
        const whole = document
          ? await scanDocument(await readProject(target), work)
          : await scanFolder(target, work);
        const scan = scanResult(whole);
        const { writeClasses } = options;
        const written = writeClasses === undefined ? undefined : await writeClassNames(whole, writeClasses);
        terminal.endProgress();
        terminal.result(written === undefined ? scan : { ...scan, written });
        printScan(terminal, scan, options.all === true);
        if (written === undefined) return;
        const start = document ? path.dirname(target) : process.cwd();
        printWritten(terminal, written, path.relative(start, written.file).replaceAll('\\', '/'));
      }),
    );
}

function printWritten(terminal: Terminal, { file, proposed, vague }: WrittenNames, directive: string): void {
  const left = vague === 0 ? '' : `; ${counted(vague, 'name')} only you can know`;
  terminal.print(`\nWrote ${file}: ${counted(proposed, 'proposed name')}${left}.`);
  terminal.print(`Read it through, then write “@classes ${directive}” into the document.`);
}

function printScan(terminal: Terminal, scan: ScanResult, all: boolean): void {
  const where = scan.layout === 'manifest' ? `${scan.folder} (manifest)` : scan.folder;
  terminal.print(
    `${counted(scan.imageCount, 'image')} in ${counted(scan.classes.length, 'class', 'classes')} · ${where}`,
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
    terminal.print(`\n${title}`);
    const shown = all ? lines : lines.slice(0, LISTED);
    for (const line of shown) terminal.print(`  ${line}`);
    if (shown.length < lines.length)
      terminal.print(`  … and ${count(lines.length - shown.length)} more (--all lists them)`);
  };
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
