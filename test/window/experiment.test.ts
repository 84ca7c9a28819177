import assert from 'node:assert/strict';
import path from 'node:path';
import { readExperimentProgress } from '../../src/files/experiments/experiment-state';
import type { Ui } from '../../tools/vscode-host/ui.mjs';
import { frozen, pidOf } from './support/frozen';
import { look } from './support/look';
import { openSample, type SampleWindow } from './support/sample-window';

const EXPERIMENT = {
  title: 'Two layouts',
  documents: ['demo.prompts'],
  prompts: ['[V:4] {}.', '[V:16] {}.'],
  shots: [1, 2],
  seeds: [1],
  recipe: { name: 'cached', epochs: 200 },
};

/** The panel of an experiment in a real window: filled while it is measured, there again after a reload, gone on with. */
describe('an experiment in a window', () => {
  let window: SampleWindow;
  let ui: Ui;

  before(async () => {
    window = await openSample({ 'two.experiment.json': JSON.stringify(EXPERIMENT, undefined, 2) });
    ui = window.ui;
  });
  after(() => window.close());

  const out = () => path.join(window.workspace, 'two.results');
  const frame = () => ui.webviewFrame('Experiment two');
  const status = async () => (await readExperimentProgress(out())).status;

  it('starts from the title bar of its file, after its plan', async () => {
    await ui.openFile('two.experiment.json');
    await ui.page.locator('.editor-actions [aria-label^="Run Experiment"]').click();
    const row = ui.page.locator('.quick-input-list .monaco-list-row').first();
    await row.getByText(/Start · 7 cells · ≈ .* GiB of /).waitFor();
    await look(window, '40-experiment-plan');
    await ui.page.keyboard.press('Enter');
    const panel = await frame();
    await panel.getByRole('table').waitFor({ timeout: 60_000 });
    await panel.getByRole('progressbar', { name: 'Cells' }).waitFor();
    await frozen(pidOf(out()), () => look(window, '41-experiment-begun'));
  });

  it('stops when asked', async () => {
    const panel = await frame();
    await panel.getByRole('button', { name: 'Stop' }).click();
    await panel.getByText(/^Stopped · \d of 7 cells measured/).waitFor({ timeout: 60_000 });
    assert.equal(await status(), 'stopped');
    await look(window, '43-experiment-stopped');
  });

  it('goes on, is there again after a reload, and shows table and figures at the end', async () => {
    await (await frame()).getByRole('button', { name: 'Go on' }).click();
    await ui.until(async () => (await status()) !== 'stopped', 'going on');
    await ui.reloadWindow();
    const panel = await frame();
    await panel.getByText('Done · 7 of 7 cells measured').waitFor({ timeout: 180_000 });
    const widths = () =>
      panel
        .locator('figure img')
        .evaluateAll(images =>
          images.map(image => (image as unknown as { naturalWidth: number }).naturalWidth),
        );
    await ui.until(async () => {
      const all = await widths();
      return all.length >= 3 && all.every(width => width > 100);
    }, 'all figures');
    await panel
      .getByRole('cell', { name: /^\d\d\.\d$/ })
      .first()
      .waitFor();
    // Its layouts are no templates to be scored by the nearest document's images.
    assert.deepEqual(await ui.readInlayHints('two.experiment.json'), []);
    await look(window, '42-experiment-done');
    await panel.getByRole('button', { name: 'Open CSV' }).click();
    await ui.page.locator('.tab', { hasText: 'results.csv' }).waitFor();
    assert.deepEqual(ui.errors(), []);
  });
});
