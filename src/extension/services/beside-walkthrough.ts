import * as vscode from 'vscode';

/**
 * The column in which an editor opens without taking the place of a walkthrough, whose tab is a preview: beside it.
 * Undefined where none is shown; VS Code tells a walkthrough's tab by no input of its own.
 */
export function besideWalkthrough(): vscode.ViewColumn | undefined {
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  return tab !== undefined && tab.input === undefined ? vscode.ViewColumn.Beside : undefined;
}
