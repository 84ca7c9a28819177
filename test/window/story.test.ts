import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Ui } from '../../tools/vscode-host/ui.mjs';
import { frozen, pidOf } from './support/frozen';
import { look } from './support/look';
import { openSample, type SampleWindow } from './support/sample-window';

/** Colours of all dots beside hints; run in the page. */
const COLOURS_OF_DOTS =
  "[...document.querySelectorAll('.view-line span')].map(span => getComputedStyle(span, '::after')).filter(({ content }) => content.includes('●')).map(({ color }) => color)";

/** The main job in a real window, with a reload while it learns; a picture of each step for looking at. */
describe('a window on the sample', () => {
  let window: SampleWindow;
  let ui: Ui;

  before(async () => {
    window = await openSample();
    ui = window.ui;
  });

  after(() => window.close());

  const accuracies = async (count: number) => {
    const found = (await ui.readInlayHints()).filter(({ text }) => /\d%/.test(text));
    return found.length >= count ? found : null;
  };
  const status = (pattern: RegExp) =>
    ui.until(
      async () => (await ui.statusBarText()).find(text => pattern.test(text)),
      String(pattern),
      120_000,
    );

  it('draws accuracies and lenses beside the templates', async () => {
    await ui.openFile('demo.prompts');
    const found = await ui.until(() => accuracies(5), 'hints');
    assert.match(found[0]!.text, /24\.6%/);
    await look(window, '1-hints');
  });

  it('plans on Learn Prompt and shows the run in the side panel', async () => {
    await ui.openFile('demo.prompts', 15);
    await ui.clickCodeLens('Learn Prompt');
    const rows = ui.page.locator('.quick-input-list .monaco-list-row');
    await ui.until(async () => (await rows.count()) >= 5, 'the pick');
    assert.match((await rows.first().textContent()) ?? '', /Start · 16 shots · \[V:16\] \{\}\. · cpu · ≈ \d/);
    await look(window, '2-learn');
    await ui.page.keyboard.press('Enter');
    await status(/learning/);
    await ui.openContainer('CoOp');
    const frame = await ui.webviewFrame('coop.dashboard');
    await frame.getByText('Learning', { exact: true }).waitFor();
    await frame.locator('canvas').first().waitFor();
    const [run] = readdirSync(path.join(window.workspace, '.coop/runs'));
    await frozen(pidOf(path.join(window.workspace, '.coop/runs', run!)), () => look(window, '3-learning'));
  });

  it('finds the run again after the window was reloaded', async () => {
    await ui.reloadWindow();
    await status(/CoOp: demo-16shot · test/);
    await ui.openContainer('CoOp');
    const frame = await ui.webviewFrame('coop.dashboard');
    await frame.getByText('Done', { exact: true }).waitFor();
    await look(window, '4-done');
    await frame.getByRole('button', { name: 'Open Report' }).click();
    await ui.until(
      async () => (await ui.page.locator('.tab').allInnerTexts()).some(text => /Report/.test(text)),
      'the report',
    );
    const report = await ui.webviewFrame('Report demo-16shot');
    await report.getByText('The learned prompt is better than the baseline.').waitFor();
    await report.locator('.images img').first().waitFor();
    await look(window, '5-report');
  });

  it('applies the learned prompt, which is scored like any other line', async () => {
    const report = await ui.webviewFrame('Report demo-16shot');
    await report.getByRole('button', { name: 'Apply' }).click();
    await report.getByRole('button', { name: 'Applied' }).waitFor();
    await ui.until(() => accuracies(6), 'the learned hint');
    await look(window, '6-applied');
    mkdirSync(path.join(window.workspace, '.vscode'), { recursive: true });
    writeFileSync(
      path.join(window.workspace, '.vscode/settings.json'),
      JSON.stringify({ 'workbench.colorCustomizations': { 'coop.gainForeground': '#123456' } }),
    );
    await ui.until(
      async () => (await ui.page.evaluate<string[]>(COLOURS_OF_DOTS)).includes('rgb(18, 52, 86)'),
      'the dot of the gain in the colour that a person chose',
    );
    // The tree and the status bar show gains, too.
    const hover = async () => {
      await ui.page.mouse.move(0, 0);
      await ui.page.locator('.view-lines').getByText(/▲\+\d/).first().hover();
      await ui.until(
        async () =>
          /Hardest classes/.test((await ui.page.locator('.monaco-hover').allInnerTexts()).join(' ')),
        'the hover of the learned hint',
      );
      // It fades in, whatever is said of motion; a blinking cursor never ends.
      await ui.page.evaluate(
        'Promise.all(document.getAnimations().filter(a => a.effect.getComputedTiming().endTime < 5000).map(a => a.finished)).then(() => null)',
      );
    };
    await hover();
    await look(window, '7-hover', hover);
  });

  it('brings the report back after another reload, with its pictures', async () => {
    await ui.reloadWindow();
    const report = await ui.webviewFrame('Report demo-16shot');
    await report.getByText('The learned prompt is better than the baseline.').waitFor();
    await report.locator('.images img').first().waitFor();
    assert.deepEqual(ui.errors(), []);
  });
});
