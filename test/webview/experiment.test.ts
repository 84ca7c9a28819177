import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { experimentFigures } from '../../src/engine/experiments/figures/experiment-figures';
import { resultTable } from '../../src/engine/experiments/tables/result-table';
import { type Measurement, ZERO_SHOT } from '../../src/shared/contracts/experiment-results';
import type { FromExperiment, ToExperiment } from '../../src/shared/contracts/webview';
import { root } from '../support/root';
import { seriousFindings } from './support/axe';
import { type Bundle, bundleOf, launchBrowser, type OpenOptions, THEMES, View } from './support/open-view';

const ORIGIN = 'https://view.test';
/** A folder below out/ for pictures to look at; none by default. */
const PICTURES = process.env['COOP_PANEL_PICTURES'];

function measured(series: string, kind: Measurement['kind'], shots: number, mean: number): Measurement {
  const seeds = kind === 'template' ? [mean] : [mean - 0.014, mean + 0.002, mean + 0.012];
  return {
    dataset: 'demo',
    model: 'icon-clip',
    target: null,
    kind,
    series,
    layout: series,
    vectors: kind === 'learned' ? 16 : null,
    shots,
    images: 342,
    classes: 8,
    ofClasses: 8,
    seeds: seeds.map((accuracy, at) => ({ seed: kind === 'template' ? null : at + 1, accuracy })),
    accuracy: { value: mean, low: mean - 0.05, high: mean + 0.05, n: 342 },
    ...(kind === 'template' ? {} : { std: 0.013 }),
    delta: null,
    run: null,
  };
}

const SHOTS = [1, 2, 4, 8, 16];
const measurements = [
  measured(ZERO_SHOT, 'template', 0, 0.263),
  measured('an icon of a {}, a type of {group}.', 'template', 0, 0.257),
  ...['linear probe', 'M=16, end', 'M=4, “a photo of a”'].flatMap((series, at) =>
    SHOTS.map(shots =>
      measured(series, at === 0 ? 'method' : 'learned', shots, 0.25 + 0.09 * Math.log2(shots) - at * 0.01),
    ),
  ),
];
const figures = experimentFigures({ title: 'Few-shot learning on the sample' }, measurements);
const failed = { title: 'gone: M=16, end, 1 shot', message: 'The folder images/none does not exist.' };

describe('the experiment view', () => {
  let browser: Browser;
  let bundle: Bundle;
  let view: View;

  before(async () => {
    [browser, bundle] = await Promise.all([launchBrowser(), bundleOf('experiment')]);
  });
  after(() => browser.close());
  afterEach(async () => {
    assert.deepEqual(view.faults, []);
    await view.close();
  });

  const state = (more: Partial<NonNullable<ToExperiment['state']>> = {}): ToExperiment['state'] => ({
    format: 1,
    title: 'Few-shot learning on the sample',
    phase: 'measuring',
    // Of a clock that is ahead: no second of the time left goes by.
    updatedAt: '2100-01-01T00:00:00.000Z',
    total: 61,
    done: 17,
    running: ['demo: M=16, end, 8 shots', 'demo: M=4, “a photo of a”, 8 shots'],
    failures: [failed],
    secondsLeft: 754,
    ...more,
  });
  const message: ToExperiment = {
    type: 'results',
    file: '/home/me/sample.experiment.json',
    state: state(),
    status: 'measuring',
    table: resultTable(measurements, null),
    figures: figures.map(({ name }) => ({ name: `${name}.svg`, uri: `${ORIGIN}/${name}.svg` })),
    undrawn: ['The figure “backbones” is not drawn: it needs several “models”, and the grid has one.'],
  };
  const files = Object.fromEntries(
    figures.map(({ name, svg }) => [`/${name}.svg`, { contentType: 'image/svg+xml', body: svg }]),
  );
  const show = async (shown: ToExperiment = message, options: OpenOptions = {}) => {
    view = await View.open(browser, bundle, { width: 1000, files, ...options });
    await view.post(shown);
    await view.page.getByRole('heading', { level: 1 }).waitFor();
  };
  const drawn = () =>
    view.until(async () => {
      const widths = await view.page
        .locator('figure img')
        .evaluateAll(images => images.map(image => (image as HTMLImageElement).naturalWidth));
      return widths.length === figures.length && widths.every(width => width > 100);
    });
  const press = (name: string) => view.page.getByRole('button', { name, exact: true }).click();
  const types = async () => (await view.sent<FromExperiment>()).map(({ type }) => type);

  for (const theme of THEMES)
    for (const [width, height] of [
      [1280, 800],
      [1000, 700],
    ] as const)
      it(`has no serious accessibility finding in ${theme} at ${width} × ${height}, and keeps within`, async () => {
        await show(message, { theme, width, height });
        await drawn();
        assert.deepEqual(await seriousFindings(view.page), []);
        assert.equal(await view.page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0);
        if (PICTURES === undefined) return;
        mkdirSync(path.join(root, 'out', PICTURES), { recursive: true });
        const file = path.join(root, 'out', PICTURES, `${theme}-${width}.png`);
        await view.page.screenshot({ path: file });
      });

  it('says how far it is, what is measured now, and what failed', async () => {
    await show();
    const text = (await view.page.locator('main').textContent())!;
    assert.match(
      text,
      /17 of 61 cells measured, 1 failed · ≈ 13 min leftNow: demo: M=16, end, 8 shots · demo: M=4/,
    );
    assert.match(text, /The figure “backbones” is not drawn: it needs several “models”/);
    assert.match(text, /Not measured \(1 cell\)/);
    assert.match(text, /gone: M=16, end, 1 shot: The folder images\/none does not exist\./);
    const bar = view.page.getByRole('progressbar', { name: 'Cells' });
    assert.deepEqual([await bar.getAttribute('value'), await bar.getAttribute('max')], ['18', '61']);
    await press('Stop');
    await press('Open HTML');
    await press('Open CSV');
    assert.deepEqual(await types(), ['ready', 'stop', 'openHtml', 'openCsv']);
    assert.deepEqual(await view.state(), { file: message.file });
  });

  it('has table and figures filled by the next message, the best of a column in bold', async () => {
    await show({ ...message, table: null, figures: [], state: state({ done: 0, running: [] }) });
    assert.equal(await view.page.getByRole('table').count(), 0);
    await view.post(message);
    await drawn();
    assert.equal(await view.page.getByRole('row').count(), 1 + message.table!.rows.length);
    assert.deepEqual(await view.page.locator('td b').allInnerTexts(), ['61.0 ± 1.3']);
    await press('shots');
    assert.match((await view.page.getByRole('row').nth(1).textContent())!, /16 shots/);
    await view.post({
      ...message,
      figures: [{ name: 'few-shot.svg', uri: `${ORIGIN}/few-shot.svg?written=2` }],
    });
    await view.until(async () => (await view.page.locator('figure img').count()) === 1);
  });

  it('goes on after Stop, an interruption and cells that failed, and has nothing to do when all is measured', async () => {
    await show({ ...message, status: 'stopped', state: state({ phase: 'stopped', running: [] }) });
    await view.page.getByText(/Stopped · 17 of 61 cells measured/).waitFor();
    await press('Go on');
    await view.post({ ...message, status: 'interrupted' });
    await view.page.getByText(/its process is gone/).waitFor();
    await press('Go on');
    await view.post({ ...message, status: 'done', state: state({ phase: 'done', done: 60, running: [] }) });
    await view.page.getByText(/Done · 60 of 61/).waitFor();
    await press('Go on');
    const done = state({ phase: 'done', done: 61, failures: [], running: [] });
    await view.post({ ...message, status: 'done', state: done });
    await view.page.getByText(/Done · 61 of 61/).waitFor();
    assert.equal(await view.page.getByRole('button', { name: /Go on|Stop/ }).count(), 0);
    assert.deepEqual(await types(), ['ready', 'goOn', 'goOn', 'goOn']);
  });

  it('tells the error that it ended with, and what to do', async () => {
    const error = { code: 'device.unavailable' as const, message: 'No cuda here.', next: 'Choose cpu.' };
    const ended = state({ phase: 'failed', total: 0, done: 0, failures: [], running: [], error });
    await show({ ...message, status: 'failed', state: ended, table: null, figures: [] });
    assert.equal(await view.page.getByRole('alert').textContent(), 'No cuda here.Choose cpu.');
  });

  it('shows names as text, and an SVG runs no script', async () => {
    const hostile = '<img src=x onerror="document.title=1">';
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100"><script>parent.document.title="run"</script></svg>';
    await show(
      {
        ...message,
        state: state({
          title: hostile,
          running: [hostile],
          failures: [{ title: hostile, message: hostile }],
        }),
        table: {
          head: [hostile],
          columns: [hostile],
          rows: [{ labels: [hostile], values: [null] }],
          best: [-1],
        },
        figures: [{ name: `${hostile}.svg`, uri: `${ORIGIN}/hostile.svg` }],
      },
      { files: { '/hostile.svg': { contentType: 'image/svg+xml', body: svg } } },
    );
    await view.page.getByRole('heading', { level: 1, name: hostile }).waitFor();
    await view.until(() =>
      view.page.locator('figure img').evaluate(image => (image as HTMLImageElement).naturalWidth === 200),
    );
    assert.equal(await view.page.locator('main img').count(), 1);
    assert.equal(await view.page.title(), 'CoOp');
  });
});
