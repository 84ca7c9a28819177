import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { root } from '../support/root';
import { type Bundle, bundleOf, launchBrowser, View } from './support/open-view';
import { sampleReport } from './support/sample-report';
import { sampleRun } from './support/sample-runs';

const SHOTS = path.join(root, 'out/screenshots');

/** Pictures of both views for looking at: out/screenshots/view-*.png. */
describe('pictures of the views', () => {
  let browser: Browser;
  let bundles: Readonly<Record<'dashboard' | 'report', Bundle>>;

  before(async () => {
    mkdirSync(SHOTS, { recursive: true });
    browser = await launchBrowser();
    bundles = { dashboard: await bundleOf('dashboard'), report: await bundleOf('report') };
  });
  after(() => browser.close());

  const report = sampleReport();
  const runs = [
    sampleRun({ name: 'now', status: 'learning', epochs: 20 }),
    sampleRun({ name: 'demo-16shot' }),
    sampleRun({ name: 'demo-8shot-per-class', status: 'failed', epochs: 31 }),
  ];
  const messages = {
    report: { type: 'report', report, directory: '/runs/one', applied: false },
    dashboard: { type: 'snapshot', runs },
  };

  for (const name of ['report', 'dashboard'] as const)
    for (const theme of ['dark', 'light', 'hc'] as const)
      for (const width of [400, 800, 1400])
        it(`${name} in ${theme}, ${width} px wide`, async () => {
          const view = await View.open(browser, bundles[name], { theme, width });
          await view.post(messages[name]);
          if (name === 'report') {
            const uris = report.images.map(({ path: image }) => [image, 'https://view.test/picture.png']);
            await view.post({ type: 'thumbnails', uris: Object.fromEntries(uris) });
            await view.page.locator('.images img').first().waitFor();
          } else await view.page.locator('canvas').first().waitFor();
          await view.page.screenshot({
            path: path.join(SHOTS, `view-${name}-${theme}-${width}.png`),
            fullPage: true,
          });
          await view.close();
        });
});
