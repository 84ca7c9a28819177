import path from 'node:path';
import * as vscode from 'vscode';
import type { ScanResult } from '../../../shared/contracts/scan';
import { count, counted } from '../../../shared/format/count';
import { sameNameFolders } from '../../../shared/format/same-name';
import { splitWarnings } from '../../../shared/verdicts/scan-warnings';

/** A row: a class, a group of findings, or a file in one. */
export interface Row {
  readonly label: string;
  readonly description?: string;
  readonly tooltip?: string;
  readonly icon: vscode.ThemeIcon;
  /** Of a file that opens, or of a folder that is shown in the Explorer. */
  readonly file?: vscode.Uri;
  readonly isFolder?: boolean;
  /** Run by a click. */
  readonly command?: 'coop.nameClasses';
  readonly rows?: readonly Row[];
}

const icon = (name: string, color?: string) =>
  new vscode.ThemeIcon(name, color === undefined ? undefined : new vscode.ThemeColor(color));
const warning = icon('warning', 'list.warningForeground');

/** What a scan found, as rows: first what is odd, then the classes. */
export function rowsOf(scan: ScanResult): Row[] {
  const { folder, classes, problems, duplicates, rotated, vagueNames, sameNames, split } = scan;
  const at = (relative: string) => vscode.Uri.file(path.join(folder, relative));
  const vague = new Map(vagueNames.map(each => [each.folder, each]));
  const proposed = vagueNames.filter(({ probably }) => probably !== undefined);
  const group = (label: string, rows: readonly Row[]): Row[] =>
    rows.length === 0 ? [] : [{ label, description: count(rows.length), icon: warning, rows }];
  const file = (relative: string, tooltip?: string): Row => ({
    label: relative,
    icon: icon('file-media'),
    file: at(relative),
    ...(tooltip === undefined ? {} : { tooltip, description: tooltip }),
  });
  return [
    ...(vagueNames.length === 0
      ? []
      : [
          {
            label: 'Name the classes …',
            description:
              proposed.length > 0
                ? counted(proposed.length, 'name proposed', 'names proposed')
                : `${counted(vagueNames.length, 'name', 'names')} only you can know`,
            tooltip: `${counted(vagueNames.length, 'class name says', 'class names say')} nothing, or not what is meant, to CLIP: a click writes a classes file with proposals, to read through.`,
            icon: icon('edit'),
            command: 'coop.nameClasses' as const,
          },
        ]),
    ...group(
      'One name to CLIP',
      sameNames.map(same => ({
        label: same.name,
        description: sameNameFolders(same),
        tooltip:
          'Every prompt scores these classes alike, so that the first always wins. Name them in a CSV after @classes.',
        icon: icon('error', 'list.errorForeground'),
      })),
    ),
    ...group(
      'Split file and folder differ',
      (split === undefined ? [] : splitWarnings(split, classes.length)).map(text => ({
        label: text,
        tooltip: text,
        icon: icon('info'),
      })),
    ),
    ...group(
      'Cannot be used',
      problems.map(({ path: each, detail }) => file(each, detail)),
    ),
    ...group(
      'Same bytes',
      duplicates.map(({ paths, acrossClasses }) => ({
        label: path.basename(paths[0]!),
        description: acrossClasses ? `${paths.length} files, in different classes` : `${paths.length} files`,
        icon: acrossClasses ? icon('error', 'list.errorForeground') : icon('copy'),
        rows: paths.map(each => file(each)),
      })),
    ),
    ...group(
      'Stored rotated',
      rotated.map(each => file(each, 'CLIP sees it as it is stored, unless “@preprocess exif”')),
    ),
    ...classes.map(({ name, folder: each, place, count: images }) => {
      const odd = vague.get(each);
      // A side panel is narrow: what it probably means comes before why that is asked.
      const means = odd?.probably === undefined ? '' : `→ ${odd.probably} · `;
      return {
        label: name,
        description:
          odd === undefined
            ? counted(images, 'image')
            : `${means}${counted(images, 'image')} · ${odd.reason}`,
        tooltip: odd === undefined ? each : `${each}: ${odd.reason}. Name it in a CSV after @classes.`,
        icon: odd === undefined ? icon('symbol-class') : warning,
        file: at(place),
        isFolder: true,
      };
    }),
  ];
}
