import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The folder of the built webviews. */
export function webviewFolder(context: vscode.ExtensionContext): vscode.Uri {
  return vscode.Uri.joinPath(context.extensionUri, 'dist', 'webview');
}

/** A page that runs one built bundle and nothing else: no inline code, no network. */
export function webviewPage(webview: vscode.Webview, folder: vscode.Uri, bundle: string): string {
  const nonce = randomBytes(16).toString('base64');
  const uri = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder, name));
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource}; img-src ${webview.cspSource}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="${uri(`${bundle}.css`)}">
<title>CoOp</title>
</head>
<body>
<div id="root"></div>
<script nonce="${nonce}" src="${uri(`${bundle}.js`)}"></script>
</body>
</html>`;
}
