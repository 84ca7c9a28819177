import * as vscode from 'vscode';

/** The setting `coop.threshold`: what predictions and exported code give up as “none of these”; nothing where it is not set. */
export function thresholdFor(uri: vscode.Uri): { readonly threshold?: number } {
  const value = vscode.workspace.getConfiguration('coop', uri).get<unknown>('threshold');
  return typeof value === 'number' && value >= 0 && value <= 1 ? { threshold: value } : {};
}
