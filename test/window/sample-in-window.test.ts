import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Ui } from '../../tools/vscode-host/ui.mjs';
import { root } from '../support/root';
import { look } from './support/look';
import { openWindow } from './support/open-window';

/** The sample from a walkthrough, in a window whose folder has nothing to do with it. */
describe('the sample in this window', () => {
  let scratch: string;
  let ui: Ui;
  let workspace: string;

  before(async () => {
    scratch = mkdtempSync(path.join(os.tmpdir(), 'coop-window-'));
    workspace = path.join(scratch, 'empty');
    mkdirSync(workspace);
    ui = await openWindow({
      extensionDevelopmentPath: root,
      workspace,
      trust: 'trusted',
      theme: 'dark',
      viewport: { width: 1280, height: 800 },
      shots: path.join(root, 'out/screenshots'),
      env: { COOP_CACHE_DIR: path.join(scratch, 'cache') },
    });
  });

  after(async () => {
    await ui.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  const tabs = () => ui.page.locator('.tab').allInnerTexts();

  it('opens beside the walkthrough, which stays', async () => {
    await ui.runCommand('Welcome: Open Walkthrough...');
    await ui.type('A prompt for your images', { accept: false });
    await ui.page
      .locator('.quick-input-list .monaco-list-row', { hasText: 'A prompt for your images' })
      .first()
      .click();
    await ui.page.locator('.gettingStartedContainer', { hasText: 'Open the sample' }).first().waitFor();
    await ui.runCommand('CoOp: Open Sample');
    await ui.pick('Open it in this window');
    await ui.page.locator('.tab', { hasText: 'demo.prompts' }).waitFor();
    const open = await tabs();
    assert.ok(
      open.some(text => /Walkthrough|A prompt for your images/.test(text)),
      open.join(),
    );
    await look({ ui, workspace }, '23-walkthrough');
  });

  it('shows a class’s images from the hover’s link, though no folder of the window has them', async () => {
    await ui.until(
      async () => (await ui.readInlayHints()).some(({ text }) => /\d%/.test(text)),
      'a hint',
      120_000,
    );
    await ui.page.getByText(/\d%/).first().hover();
    const link = ui.page.locator('.monaco-hover a', { hasText: /\w/ }).first();
    await link.waitFor();
    await link.click();
    await ui.page
      .locator('.quick-input-list .monaco-list-row', { hasText: /\.(png|jpg)/ })
      .first()
      .waitFor();
    await look({ ui, workspace }, '24-images-of-class');
    await ui.page.keyboard.press('Escape');
    // A picture of VS Code’s own first walkthrough is not in this server.
    assert.deepEqual(
      ui.errors().filter(text => !/templates\.png/.test(text)),
      [],
    );
  });
});
