import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { budgetedReport } from '../../src/engine/report-html/write-html-report';
import { root } from '../support/root';
import { seriousFindings } from './support/axe';
import { type Bundle, bundleOf, launchBrowser } from './support/open-view';
import { sampleReport } from './support/sample-report';

/** Any real picture. */
const SOURCE = path.join(root, 'docs/images/applied.png');

describe('the self-contained report', () => {
  let browser: Browser;
  let bundle: Bundle;
  let folder: string;

  before(async () => {
    [browser, bundle] = await Promise.all([launchBrowser(), bundleOf('report')]);
    folder = mkdtempSync(path.join(os.tmpdir(), 'coop-html-'));
  });
  after(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (html: string, colorScheme: 'dark' | 'light') => {
    const file = path.join(folder, 'report.html');
    writeFileSync(file, html);
    const page = await browser.newPage({ colorScheme });
    const faults: string[] = [];
    page.on('pageerror', error => faults.push(String(error)));
    page.on('console', message => {
      if (message.type() === 'error') faults.push(message.text());
    });
    await page.goto(pathToFileURL(file).href);
    await page.getByRole('heading', { level: 1 }).waitFor();
    assert.deepEqual(faults, []);
    return page;
  };

  for (const scheme of ['dark', 'light'] as const)
    it(`opens from a file without serious accessibility findings, ${scheme}`, async () => {
      const hostile = '</script><img src=x onerror="window.hacked=1">';
      const report = sampleReport({ classes: ['cat', hostile] });
      const { html } = await budgetedReport({ ...report, imagesFolder: folder }, bundle, 10_000_000);
      const page = await open(html, scheme);
      assert.equal(await page.evaluate('window.hacked'), undefined);
      assert.deepEqual(await seriousFindings(page), []);
      assert.equal(await page.getByRole('button', { name: 'Apply' }).count(), 0);
      await page.close();
    });

  it('says what makes its numbers mean less, and how many shots there really were', async () => {
    const report = sampleReport();
    const { provenance } = report;
    const fewer =
      '16 shots are 6 to 16 here: 1 class has fewer images to learn from, <b>owl</b> (6), and gives all.';
    const { html } = await budgetedReport(
      {
        ...report,
        imagesFolder: folder,
        warnings: [fewer],
        provenance: { ...provenance, counts: { ...provenance.counts, perClass: { min: 6, max: 16 } } },
      },
      bundle,
      10_000_000,
    );
    const page = await open(html, 'light');
    assert.equal(await page.getByRole('listitem').filter({ hasText: fewer }).count(), 1);
    assert.equal(await page.getByText(/16 shots: 6 to 16 per class, 200 epochs/).count(), 1);
    await page.close();
  });

  it('keeps to its budget, changed images first, and says what it leaves out', async () => {
    const picture = path.join(folder, 'one.png');
    cpSync(SOURCE, picture);
    const report = { ...sampleReport({ images: 3000 }), imagesFolder: folder };
    const images = report.images.map((image, i) => {
      cpSync(picture, path.join(folder, `${i}.png`));
      return { ...image, path: `${i}.png` };
    });
    const { html, size } = await budgetedReport({ ...report, images }, bundle, 1_000_000);
    assert.equal(size.bytes, Buffer.byteLength(html));
    assert.ok(size.bytes <= 1_000_000 && size.bytes > 900_000, `${size.bytes} bytes`);
    assert.equal(size.images, 3000);
    assert.ok(size.pictures > 0 && size.pictures < 3000);
    const page = await open(html, 'light');
    await page.getByText(new RegExp(`this file holds ${size.pictures} of 3,000 pictures`)).waitFor();
    assert.ok((await page.locator('.images img').count()) > 0, 'fixed images come with their pictures');
    await page.close();

    const small = await budgetedReport({ ...report, images }, bundle, Buffer.byteLength(bundle.js) + 60_000);
    assert.ok(small.size.images < 3000, 'then images go too');
    await (await open(small.html, 'light')).getByText(/of 3,000 test images and/).waitFor();
  });

  it('holds no picture from outside its image folder', async () => {
    const outside = mkdtempSync(path.join(os.tmpdir(), 'coop-outside-'));
    cpSync(SOURCE, path.join(outside, 'secret.png'));
    const [image] = sampleReport().images;
    const paths = [`../${path.basename(outside)}/secret.png`, path.join(outside, 'secret.png')];
    const report = {
      ...sampleReport(),
      imagesFolder: folder,
      images: paths.map(file => ({ ...image!, path: file })),
    };
    const { size } = await budgetedReport(report, bundle, 10_000_000);
    rmSync(outside, { recursive: true, force: true });
    assert.equal(size.pictures, 0);
  });
});
