import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { RunSnapshot } from '../../src/shared/contracts/protocol';
import type { FromDashboard } from '../../src/shared/contracts/webview';
import { seriousFindings } from './support/axe';
import { type Bundle, bundleOf, launchBrowser, type OpenOptions, THEMES, View } from './support/open-view';
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

  const show = async (runs: readonly RunSnapshot[], options: OpenOptions = {}) => {
    view = await View.open(browser, bundle, { width: 400, ...options });
    await view.post({ type: 'snapshot', runs });
    await view.page.getByRole('main').waitFor();
  };
  const learning = sampleRun({ name: 'now', status: 'learning', epochs: 20 });
  const runs = [learning, sampleRun({ name: 'first' }), sampleRun({ name: 'second', status: 'failed' })];
  /** The latest choice, once it names these runs. */
  const chosen = (...names: readonly string[]) =>
    view.until(async () => {
      const choices = (await view.sent<FromDashboard>()).filter(message => message.type === 'choose');
      return choices.at(-1)?.directories.join() === names.map(name => `/runs/${name}`).join();
    });

  for (const theme of THEMES) {
    it(`has no serious accessibility finding in ${theme}, as curves and as a table`, async () => {
      await show(runs, { theme, state: { chosen: ['/runs/now', '/runs/first'] } });
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

  it('overlays the runs that are ticked, asks for their events, and keeps the choice', async () => {
    await show([learning, sampleRun({ name: 'first', bare: true })]);
    const names = () => view.page.locator('.legend bdi').allInnerTexts();
    assert.deepEqual(await names(), ['now']);
    await view.page.getByRole('checkbox', { name: 'first' }).check();
    await chosen('now', 'first');
    await view.post({ type: 'snapshot', runs });
    await view.until(async () => (await names()).length === 2);
    await view.page.getByRole('button', { name: 'Show as table' }).click();
    const rows = await view.page.locator('.epochs tbody tr').count();
    assert.equal(rows, 20 + 1 + 50 + 1);
    const state = await view.state();
    await view.close();
    await show(runs, { state });
    await chosen('now', 'first');
    assert.equal(await view.page.locator('.epochs tbody tr').count(), rows);
    await view.page.getByRole('checkbox', { name: 'now' }).uncheck();
    await chosen('first');
  });

  it('sends what its buttons mean, with the run', async () => {
    await show(runs);
    for (const name of ['Stop', 'Open Report', 'Resume', 'Show Log'])
      await view.page.getByRole('button', { name }).click();
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
      { width: 300, state: { chosen: hostile.map(name => `/runs/${name}`) } },
    );
    assert.equal(await view.page.evaluate('window.hacked'), undefined);
    assert.equal(await view.page.locator('img').count(), 0);
    assert.equal((await view.page.locator('.legend bdi').allInnerTexts())[0], hostile[0]);
    assert.equal(await view.page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0);
  });
});
