// Records what VS Code gives its webviews: theme variables and the style sheet it puts before a view's own.
// usage: npm run build && node test/webview/themes/record.mjs      (tools/vscode-host must be installed)
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { start } from '../../../tools/vscode-host/ui.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../../..');
const workspace = mkdtempSync(path.join(os.tmpdir(), 'coop-themes-'));
const ui = await start({ extensionDevelopmentPath: root, workspace, trust: 'trusted', theme: 'dark' });
try {
  await ui.openContainer('CoOp');
  for (const theme of ['dark', 'light', 'hc', 'hcLight']) {
    await ui.setTheme(theme);
    const frame = await ui.webviewFrame('coop.dashboard');
    await frame.locator('.empty').waitFor();
    // The colours follow the theme's class a moment later.
    await new Promise(resolve => setTimeout(resolve, 1500));
    const recorded = await frame.evaluate(() => ({
      bodyClass: document.body.className,
      variables: Object.fromEntries(
        [...document.documentElement.style]
          .filter(name => name.startsWith('--vscode-'))
          .sort()
          .map(name => [name, document.documentElement.style.getPropertyValue(name)]),
      ),
      css: document.getElementById('_defaultStyles')?.textContent ?? '',
    }));
    const { css, ...colours } = recorded;
    writeFileSync(path.join(here, `${theme}.json`), `${JSON.stringify(colours, null, 1)}\n`);
    writeFileSync(path.join(here, 'vscode.css'), css);
    console.log(theme, recorded.bodyClass, Object.keys(recorded.variables).length);
  }
} finally {
  await ui.close();
  rmSync(workspace, { recursive: true, force: true });
}
