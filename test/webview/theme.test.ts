import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../support/root';
import { themeRecord } from './support/open-view';

describe('the colours of the views', () => {
  it('are variables that VS Code has', () => {
    const known = new Set(Object.keys({ ...themeRecord('dark').variables, ...themeRecord('hc').variables }));
    for (const file of cssFiles()) {
      const used = [...readFileSync(file, 'utf8').matchAll(/--vscode-[\w-]+/g)].map(([name]) => name);
      assert.deepEqual(
        used.filter(name => !known.has(name)),
        [],
        file,
      );
    }
  });

  it('are nothing else', () => {
    for (const file of cssFiles())
      assert.doesNotMatch(readFileSync(file, 'utf8'), /#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(/i, file);
  });
});

function cssFiles(): string[] {
  return readdirSync(path.join(root, 'webview'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.css'))
    .map(name => path.join(root, 'webview', name));
}
