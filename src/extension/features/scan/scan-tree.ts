import path from 'node:path';
import * as vscode from 'vscode';
import type { ScanResult } from '../../../shared/contracts/scan';
import { count, counted } from '../../../shared/format/count';
import { runCommand } from '../../services/commands';

/** A row: a class, a group of findings, or a file in one. */
interface Row {
  readonly label: string;
  readonly description?: string;
  readonly tooltip?: string;
  readonly icon: vscode.ThemeIcon;
  /** Of a file that opens, or of a folder that is shown in the Explorer. */
  readonly file?: vscode.Uri;
  readonly isFolder?: boolean;
  readonly rows?: readonly Row[];
}

/** The view “Images”: what the last scan found, with everything that is odd about it. */
export class ScanTree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private rows: readonly Row[] = [];
  private readonly view = vscode.window.createTreeView<Row>('coop.images', { treeDataProvider: this });

  async show(scan: ScanResult): Promise<void> {
    this.rows = rowsOf(scan);
    this.view.description = `${counted(scan.imageCount, 'image')} in ${counted(scan.classes.length, 'class', 'classes')}`;
    this.changed.fire();
    await runCommand('coop.images.focus', { preserveFocus: true });
  }

  getChildren(row?: Row): Row[] {
    return [...(row === undefined ? this.rows : (row.rows ?? []))];
  }

  getTreeItem({ label, description, tooltip, icon, file, isFolder, rows }: Row): vscode.TreeItem {
    const { Collapsed, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(label, rows === undefined ? None : Collapsed);
    if (description !== undefined) item.description = description;
    if (tooltip !== undefined) item.tooltip = tooltip;
    item.iconPath = icon;
    if (file !== undefined) {
      const command = isFolder === true ? 'revealInExplorer' : 'vscode.open';
      item.command = { command, title: 'Open', arguments: [file] };
    }
    return item;
  }

  dispose(): void {
    this.changed.dispose();
    this.view.dispose();
  }
}

const icon = (name: string, color?: string) =>
  new vscode.ThemeIcon(name, color === undefined ? undefined : new vscode.ThemeColor(color));
const warning = icon('warning', 'list.warningForeground');

function rowsOf(scan: ScanResult): Row[] {
  const { folder, classes, problems, duplicates, rotated, vagueNames } = scan;
  const at = (relative: string) => vscode.Uri.file(path.join(folder, relative));
  const vague = new Map(vagueNames.map(({ name, reason }) => [name, reason]));
  const group = (label: string, rows: readonly Row[]): Row[] =>
    rows.length === 0 ? [] : [{ label, description: count(rows.length), icon: warning, rows }];
  const file = (relative: string, tooltip?: string): Row => ({
    label: relative,
    icon: icon('file-media'),
    file: at(relative),
    ...(tooltip === undefined ? {} : { tooltip, description: tooltip }),
  });
  return [
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
    ...classes.map(({ name, folder: each, count: images }) => {
      const reason = vague.get(name);
      return {
        label: name,
        description:
          reason === undefined ? counted(images, 'image') : `${counted(images, 'image')} · ${reason}`,
        tooltip: reason === undefined ? each : `${each}: ${reason}. Name it in a CSV after @classes.`,
        icon: reason === undefined ? icon('symbol-class') : warning,
        file: at(each),
        isFolder: true,
      };
    }),
  ];
}
