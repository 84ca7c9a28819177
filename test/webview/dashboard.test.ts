import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { FromDashboard, ShownRun } from '../../src/shared/contracts/webview';
import { markedDelta } from '../../src/shared/format/delta';
import { percent } from '../../src/shared/format/percent';
import { seriousFindings } from './support/axe';
import { type Bundle, bundleOf, launchBrowser, type OpenOptions, THEMES, View } from './support/open-view';
import { sampleReport } from './support/sample-report';
import { sampleRun } from './support/sample-runs';

describe('the dashboard view', () => {
  let browser: Browser;
  let bundle: Bundle;
  let view: View;

  before(async () => {
    [browser, bundle] = await Promise.all([launchBrowser(), bundleOf('dashboard')]);
  });
  after(() => browser.close());
  afterEach(async () => {
    assert.deepEqual(view.faults, []);
    await view.close();
  });

  const show = async (runs: readonly ShownRun[], options: OpenOptions = {}) => {
    view = await View.open(browser, bundle, { width: 400, ...options });
    await view.post({ type: 'snapshot', runs });
    await view.page.getByRole('main').waitFor();
  };
  const learning = sampleRun({ name: 'now', status: 'learning', epochs: 20 });
  const runs = [learning, sampleRun({ name: 'first' }), sampleRun({ name: 'second', status: 'failed' })];
  for (const theme of THEMES) {
    it(`has no serious accessibility finding in ${theme}, as curves and as a table`, async () => {
      await show(runs, { theme });
      await view.page.getByText(/^Why not/).click();
      assert.deepEqual(await seriousFindings(view.page), []);
      await view.page.getByRole('button', { name: 'Show as table' }).click();
      assert.deepEqual(await seriousFindings(view.page), []);
    });
  }

  it('says that there are no runs', async () => {
    view = await View.open(browser, bundle);
    assert.deepEqual(await view.sent(), [{ type: 'ready' }]);
    await view.post({ type: 'snapshot', runs: [] });
    await view.page.getByText(/^No runs yet/).waitFor();
  });

  it('shows speed, learning rate, the device and why no better one', async () => {
    await show(runs);
    const text = (await view.page.getByRole('main').textContent())!;
    for (const part of [
      '8.2 steps/s, ≈ 40 s left',
      '79.0 % +17.0 pts against the baseline',
      '20 / 50',
      'cpu',
    ])
      assert.ok(text.includes(part), part);
    assert.match(text, /Learning rate0\.0000123/);
    await view.page.getByText('Why not cuda, webgpu?').click();
    await view.page.getByText('No Vulkan driver was found.').waitFor();
  });

  it('shows no speed of an epoch that another process learned', async () => {
    const { summary, events } = sampleRun({ status: 'learning', epochs: 20 });
    const { stepsPerSecond: _, etaSeconds: __, ...state } = summary.state;
    await show([{ events, summary: { ...summary, state } }]);
    assert.match((await view.page.getByRole('main').textContent())!, /20 \/ 50/);
    assert.equal(await view.page.getByText('Speed').count(), 0);
    const done = { ...summary, status: 'done' as const, state: { ...state, phase: 'done' as const } };
    await view.post({ type: 'snapshot', runs: [{ events, summary: done }] });
    await view.page.getByText('Speed').waitFor();
  });

  it('explains words of the field on hover', async () => {
    await show([learning]);
    for (const words of ['Dev accuracy', 'Training loss', 'Learning rate', 'Epoch'])
      assert.match((await view.page.getByText(words).first().getAttribute('title'))!, /\w+ \w+/, words);
  });

  it('names what runs while the report is made', async () => {
    const run = sampleRun({ status: 'reporting' });
    const progress = { message: 'Fitting the linear probe', done: 3, total: 12, unit: 'fits' };
    await show([{ ...run, summary: { ...run.summary, state: { ...run.summary.state, progress } } }]);
    await view.page.getByText('Fitting the linear probe 3 / 12 fits').waitFor();
  });

  it('draws accuracy, loss, learning rate and throughput, and says them without the picture', async () => {
    await show(runs);
    const charts = view.page.getByRole('img');
    assert.equal(await charts.count(), 4);
    assert.match((await charts.nth(0).getAttribute('aria-label'))!, /^Dev accuracy, %\. now: 8\d/);
    const drawn = await view.page.locator('canvas').evaluateAll(all =>
      (all as HTMLCanvasElement[]).map(canvas =>
        canvas
          .getContext('2d')!
          .getImageData(0, 0, canvas.width, canvas.height)
          .data.some(value => value > 0),
      ),
    );
    assert.deepEqual(drawn, [true, true, true, true]);
  });

  it('draws each beginning of the recipe fast by itself, and says which one it is at', async () => {
    const run = sampleRun({ status: 'learning', epochs: 30, recipe: 'fast' });
    const events = run.events.map(event =>
      event.type === 'epoch'
        ? { ...event, figures: { ...event.figures, devAccuracy: event.epoch <= 15 ? 0.9 : 0.1 } }
        : event,
    );
    await show([{ ...run, events }]);
    await view.page.getByText('second of 2, held to the baseline').waitFor();
    const canvas = view.page.locator('canvas').first();
    /** Pixels of the line's colour in each tenth of the canvas, from the top. */
    const inked = await view.until(async () => {
      const tenths = await canvas.evaluate(element => {
        const { width, height } = element as HTMLCanvasElement;
        const { data } = (element as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
        const counts = new Array<number>(10).fill(0);
        for (let at = 0; at < data.length; at += 4) {
          const blue = data[at + 3]! > 200 && data[at + 2]! - data[at]! > 60;
          if (blue) counts[Math.floor((10 * at) / data.length)]! += 1;
        }
        return counts;
      });
      return tenths.some(count => count > 0) && tenths;
    });
    const drawn = inked.map(count => count > 0);
    assert.ok(drawn.slice(0, 3).includes(true) && drawn.slice(5).includes(true), inked.join(' '));
    assert.deepEqual(drawn.slice(3, 5), [false, false], inked.join(' '));
  });

  it('draws the runs it is given over each other, curves before everything else', async () => {
    await show([learning]);
    const names = () => view.page.locator('.legend bdi').allInnerTexts();
    assert.deepEqual(await names(), ['now']);
    await view.post({ type: 'snapshot', runs });
    await view.until(async () => (await names()).length === 3);
    assert.equal(await view.page.getByRole('checkbox').count(), 0);
    const top = async (selector: string) => (await view.page.locator(selector).first().boundingBox())!.y;
    // Not the canvas, which a chart replaces when its lines become more.
    assert.ok((await top('.chart')) < (await top('dl')));
    await view.page.getByRole('button', { name: 'Show as table' }).click();
    const rows = await view.page.locator('.epochs tbody tr').count();
    assert.equal(rows, 20 + 1 + 50 + 1 + 50 + 1);
    const state = await view.state();
    await view.close();
    await show(runs, { state });
    assert.equal(await view.page.locator('.epochs tbody tr').count(), rows);
  });

  it('has the accuracy curve in sight in a small window’s side panel', async () => {
    await show([learning], { width: 300 });
    const { y, height } = (await view.page.locator('.chart').first().boundingBox())!;
    assert.ok(y + height < 330, `ends at ${y + height} px`);
  });

  it('says the gain on test images once there is a report, and which figures are of dev images', async () => {
    const { headline: gain, seeds } = sampleReport();
    await show([{ ...sampleRun({ name: 'first' }), gained: { test: seeds[0]!.test, gain } }]);
    const text = (await view.page.getByRole('main').textContent())!;
    assert.ok(text.includes(`Test ${percent(seeds[0]!.test.value)}, ${markedDelta(gain)}`), text);
    assert.match(text, /Dev accuracy/);
  });

  it('sends what its buttons mean, with the run', async () => {
    await show(runs);
    const [now, first, second] = runs;
    for (const [run, ...buttons] of [
      [now!, 'Stop'],
      [first!, 'Open Report'],
      [second!, 'Resume', 'Show Log'],
    ] as const) {
      await view.post({ type: 'snapshot', runs: [run] });
      for (const name of buttons) await view.page.getByRole('button', { name }).click();
    }
    assert.deepEqual((await view.sent<FromDashboard>()).slice(1), [
      { type: 'stop', directory: '/runs/now' },
      { type: 'openReport', directory: '/runs/first' },
      { type: 'resume', directory: '/runs/second' },
      { type: 'openLog' },
    ]);
  });

  it('shows hostile names as text, within its width', async () => {
    const hostile = ['<img src=x onerror="window.hacked=1">', '\u202Egnp.exe', 'w'.repeat(300), '\'"\n'];
    await show(
      hostile.map(name => sampleRun({ name })),
      { width: 300 },
    );
    assert.equal(await view.page.evaluate('window.hacked'), undefined);
    assert.equal(await view.page.locator('img').count(), 0);
    assert.equal((await view.page.locator('.legend bdi').allInnerTexts())[0], hostile[0]);
    assert.equal(await view.page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0);
  });
});
