import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Ui } from '../../tools/vscode-host/ui.mjs';
import { look } from './support/look';
import { openSample, type SampleWindow } from './support/sample-window';

const HEAD = '@images ./images/groups\n@model icon-clip\n';

/** Key after key, as a person types a document. */
describe('typing prompts', () => {
  let window: SampleWindow;
  let ui: Ui;

  before(async () => {
    window = await openSample({ 'typed.prompts': HEAD });
    ui = window.ui;
  });

  after(() => window.close());

  const suggestions = () => ui.page.locator('.suggest-widget.visible .monaco-list-row');
  const typeAt = async (text: string) => ui.page.keyboard.type(text, { delay: 60 });

  it('ends a line with Enter, whatever stood before it', async () => {
    await ui.openFile('typed.prompts', 3);
    await ui.page.locator('.codelens-decoration', { hasText: 'Score all' }).waitFor();
    await typeAt('a photo of a dog');
    await ui.page.waitForTimeout(600);
    assert.equal(await suggestions().count(), 0, 'nothing pops up in a word');
    await ui.page.keyboard.press('Enter');
    await typeAt('an icon ');
    await ui.page.waitForTimeout(600);
    assert.equal(await suggestions().count(), 0, 'nothing pops up after a blank');
    await ui.page.keyboard.press('Enter');
    await typeAt('a picture of {} [V:16');
    await suggestions().filter({ hasText: '[V:16]' }).first().waitFor();
    await typeAt(']');
    await ui.page.keyboard.press('Enter');
    await typeAt('@base');
    await suggestions().filter({ hasText: '@baseline' }).first().waitFor();
    await ui.page.keyboard.press('Tab');
    await ui.page.keyboard.press('Enter');
    await ui.runCommand('File: Save');
    const saved = () => readFileSync(path.join(window.workspace, 'typed.prompts'), 'utf8');
    await ui.until(async () => saved().length > HEAD.length, 'the saved file');
    assert.equal(saved(), `${HEAD}a photo of a dog\nan icon \na picture of {} [V:16]\n@baseline\n`);
  });

  it('offers slots on request, and what matches an open bracket', async () => {
    await ui.openFile('typed.prompts', 7);
    await typeAt('a photo ');
    await ui.page.keyboard.press('Control+Space');
    await suggestions().filter({ hasText: '[V:16 per-class]' }).first().waitFor();
    await ui.page.keyboard.press('Enter');
    await suggestions().first().waitFor({ state: 'hidden' });
    await typeAt('<');
    await ui.page.waitForTimeout(300);
    assert.equal(await suggestions().count(), 0, 'no context was learned here');
    await typeAt(' [');
    await suggestions().filter({ hasText: '[V:16 per-class]' }).first().waitFor();
    await look(window, '17-slots');
    await ui.page.keyboard.press('Tab');
    await suggestions().first().waitFor({ state: 'hidden' });
    await ui.page.locator('.view-line', { hasText: /^<\s\[V[^\]]*\]$/ }).waitFor();
    assert.deepEqual(ui.errors(), []);
  });
});
