import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { ComparedRun } from '../../src/shared/contracts/comparison';
import type { FromCompare, ToCompare } from '../../src/shared/contracts/webview';
import { markedDelta } from '../../src/shared/format/delta';
import { seriousFindings } from './support/axe';
import { type Bundle, bundleOf, launchBrowser, type OpenOptions, THEMES, View } from './support/open-view';
import { sampleReport } from './support/sample-report';
import { sampleRun } from './support/sample-runs';

describe('the comparison view', () => {
  let browser: Browser;
  let bundle: Bundle;
  let view: View;

  before(async () => {
    [browser, bundle] = await Promise.all([launchBrowser(), bundleOf('compare')]);
  });
  after(() => browser.close());
  afterEach(async () => {
    assert.deepEqual(view.faults, []);
    await view.close();
  });

  const report = sampleReport({ images: 400 });
  const run = (name: string, shots: number, againstFirst: ComparedRun['againstFirst']): ComparedRun => ({
    name,
    template: '[V:16] {}.',
    baseline: report.baseline,
    model: report.provenance.model,
    device: 'cpu',
    recipe: { ...report.provenance.recipe, shots },
    seconds: 12,
    dev: report.seeds[0]!.dev,
    test: report.seeds[0]!.test,
    gain: report.headline,
    againstFirst,
  });
  const message: Extract<ToCompare, { type: 'comparison' }> = {
    type: 'comparison',
    runs: [run('demo', 16, null), run('demo', 1, { ...report.headline, difference: -0.05 })],
    directories: ['/runs/a', '/runs/b'],
    series: [sampleRun({ name: 'a' }), sampleRun({ name: 'b', epochs: 20 })],
    classes: report.classes,
    images: report.images
      .filter(({ label, learned, baseline }) => (learned === label) !== (baseline === label))
      .map(({ path, label, learned, baseline }) => ({ path, label, answers: [learned, baseline] })),
  };
  const show = async (shown: ToCompare = message, options: OpenOptions = {}) => {
    view = await View.open(browser, bundle, { width: 1000, ...options });
    await view.post(shown);
    await view.page.getByRole('heading', { level: 1 }).waitFor();
  };

  for (const theme of THEMES)
    it(`has no serious accessibility finding in ${theme}`, async () => {
      await show(message, { theme });
      await view.page.locator('canvas').first().waitFor();
      assert.deepEqual(await seriousFindings(view.page), []);
    });

  it('overlays curves under names with shots and gain, and sets figures beside each other', async () => {
    await show();
    const names = await view.page.locator('.legend bdi').allInnerTexts();
    assert.equal(names.length, 2);
    assert.match(names[0]!, /^demo · 16 shots · test /);
    assert.match(names[1]!, /^demo · 1 shot · test /);
    const row = (await view.page.getByRole('row').nth(2).textContent())!;
    assert.ok(row.includes(markedDelta({ ...report.headline, difference: -0.05 })), row);
    await view.page.getByRole('button', { name: 'demo' }).nth(1).click();
    assert.deepEqual((await view.sent<FromCompare>()).at(-1), { type: 'openReport', directory: '/runs/b' });
  });

  it('shows the images that only one of two runs answers rightly, either way', async () => {
    await show();
    const heading = () => view.page.getByRole('heading', { name: /^Images:/ }).textContent();
    const right = (at: number) =>
      message.images!.filter(({ label, answers }) => answers[at] === label && answers[1 - at] !== label)
        .length;
    assert.match((await heading())!, new RegExp(`\\(${right(1)}\\)`));
    await view.page.getByRole('radio', { name: 'right by the first run alone' }).check();
    assert.match((await heading())!, new RegExp(`\\(${right(0)}\\)`));
    await view.until(async () =>
      (await view.sent<FromCompare>()).some(({ type }) => type === 'needThumbnails'),
    );
    await view.page.locator('.images button').first().click();
    assert.ok((await view.sent<FromCompare>()).some(({ type }) => type === 'openImage'));
  });

  it('says that runs on different images are not set side by side', async () => {
    await show({ ...message, images: null });
    await view.page.getByText(/tested on different images/).waitFor();
  });

  for (const width of [400, 1000])
    it(`keeps within ${width} px`, async () => {
      await show(message, { width });
      assert.equal(await view.page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0);
    });
});
