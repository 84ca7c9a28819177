import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Ui } from '../../tools/vscode-host/ui.mjs';
import { openSample, type SampleWindow } from './support/sample-window';

/** What nothing tells while the window is left: here images in folders too deep to be watched. */
describe('coming back to the window', () => {
  let window: SampleWindow;
  let ui: Ui;

  before(async () => {
    window = await openSample({ 'deep.prompts': '@images ./deep\n@model icon-clip\n\na photo of a {}.\n' });
    ui = window.ui;
    for (const name of readdirSync(path.join(window.workspace, 'images/groups'))) {
      mkdirSync(path.join(deep(name), '..'), { recursive: true });
      cpSync(path.join(window.workspace, 'images/groups', name), deep(name), { recursive: true });
    }
  });

  after(() => window.close());

  const deep = (name: string) => path.join(window.workspace, 'deep', name, '2026/november/28');
  const hint = async () => {
    const shown = await ui.readInlayHints('deep.prompts');
    return shown.map(({ text }) => /\d+\.\d/.exec(text)?.[0]).find(found => found !== undefined) ?? null;
  };

  it('scores again when images moved meanwhile', async () => {
    await ui.openFile('deep.prompts', 4);
    await ui.until(async () => (await hint()) !== null, 'a hint');
    const before = await hint();
    for (const name of readdirSync(deep('activities')).slice(0, 60))
      renameSync(path.join(deep('activities'), name), path.join(deep('objects'), name));
    await focusWindow(false);
    await ui.page.waitForTimeout(2000);
    assert.equal(await hint(), before, 'nothing told of it');
    await focusWindow(true);
    await ui.until(async () => ![null, before].includes(await hint()), 'the hint of the images as they are');
    rmSync(path.join(window.workspace, 'deep'), { recursive: true });
  });

  /** As the browser tells a page; the one that runs here has no desktop that could take its focus. */
  async function focusWindow(focused: boolean): Promise<void> {
    await ui.page.evaluate(
      `document.hasFocus = () => ${focused}; window.dispatchEvent(new Event('${focused ? 'focus' : 'blur'}'))`,
    );
  }
});
