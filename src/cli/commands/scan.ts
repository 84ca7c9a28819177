import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { scanFolder } from '../../engine/dataset/scan-folder';
import { imagesPath, readProject } from '../../engine/task/open-project';
import type { ScanResult } from '../../shared/contracts/scan';
import { count, counted } from '../../shared/format/count';
import { action, type CommonOptions } from '../console/command';
import type { Terminal } from '../console/terminal';
import { textTable } from '../console/text-table';

/** Longer lists are cut, with their number, unless --all asks for everything. */
const LISTED = 8;

interface ScanOptions extends CommonOptions {
  readonly all?: boolean;
}

export function addScan(program: Command): void {
  program
    .command('scan')
    .description('what is in a folder of images: classes, counts, broken and duplicate files, rotated photos')
    .argument('<folder|file>', 'image folder, manifest (CSV, JSONL) or .prompts file')
    .option('--all', 'list every problem, not the first few')
    .option('--json', 'the whole result as JSON')
    .addHelpText('after', '\nExample:\n  coop scan images/ --json > scan.json')
    .action(
      action<[string], ScanOptions>(async (terminal, work, target, options) => {
        const images = target.endsWith('.prompts') ? imagesPath(await readProject(target)) : target;
        const { images: _, ...scan } = await scanFolder(images, work);
        terminal.endProgress();
        terminal.result(scan);
        printScan(terminal, scan, options.all === true, statSync(images).isDirectory());
      }),
    );
}

function printScan(terminal: Terminal, scan: ScanResult, all: boolean, isFolder: boolean): void {
  const where = isFolder ? scan.folder : `${scan.folder} (manifest)`;
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
    `${counted(scan.problems.length, 'file')} cannot be used:`,
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
    'Names that say nothing to CLIP (a classes file can name them):',
    scan.vagueNames.map(({ name, reason }) => `${name}: ${reason}`),
  );
}
