import * as vscode from 'vscode';
import type { ScanResult } from '../../../shared/contracts/scan';
import { counted } from '../../../shared/format/count';
import { commandLink, runCommand } from '../../services/commands';
import { type Row, rowsOf } from './scan-rows';

/** The view “Images”: what the last scan found, with everything that is odd about it. */
export class ScanTree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private rows: readonly Row[] = [];
  private readonly view = vscode.window.createTreeView<Row>('coop.images', { treeDataProvider: this });

  async show(scan: ScanResult): Promise<void> {
    this.rows = rowsOf(scan);
    this.view.description = `${counted(scan.imageCount, 'image')} ${scan.classes.length === 0 ? 'without classes' : `in ${counted(scan.classes.length, 'class', 'classes')}`}`;
    this.changed.fire();
    await runCommand('coop.images.focus', { preserveFocus: true });
  }

  getChildren(row?: Row): Row[] {
    return [...(row === undefined ? this.rows : (row.rows ?? []))];
  }

  getTreeItem({ label, description, tooltip, icon, file, isFolder, command, rows }: Row): vscode.TreeItem {
    const { Collapsed, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(label, rows === undefined ? None : Collapsed);
    if (description !== undefined) item.description = description;
    if (tooltip !== undefined) item.tooltip = tooltip;
    item.iconPath = icon;
    if (file !== undefined) {
      const command = isFolder === true ? 'revealInExplorer' : 'vscode.open';
      item.command = { command, title: 'Open', arguments: [file] };
    }
    if (command !== undefined) item.command = commandLink(command, label);
    return item;
  }

  dispose(): void {
    this.changed.dispose();
    this.view.dispose();
  }
}
