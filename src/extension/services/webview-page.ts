import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { webviewHtml } from './webview-html';

/** The folder of the built webviews. */
export function webviewFolder(context: vscode.ExtensionContext): vscode.Uri {
  return vscode.Uri.joinPath(context.extensionUri, 'dist', 'webview');
}

/** The page of one built bundle in a webview. */
export function webviewPage(webview: vscode.Webview, folder: vscode.Uri, bundle: string): string {
  const uri = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString();
  return webviewHtml({
    script: uri(`${bundle}.js`),
    style: uri(`${bundle}.css`),
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString('base64'),
  });
}
