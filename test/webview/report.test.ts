import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { Report } from '../../src/shared/contracts/report';
import type { FromReport } from '../../src/shared/contracts/webview';
import { outcomeOf } from '../../src/shared/verdicts/outcome';
import { filterImages } from '../../webview/report/image-filter';
import { seriousFindings } from './support/axe';
import { type Bundle, bundleOf, launchBrowser, type OpenOptions, THEMES, View } from './support/open-view';
import { PROBE_NOTE, sampleReport } from './support/sample-report';

describe('the report view', () => {
  let browser: Browser;
  let bundle: Bundle;
  let view: View;

  before(async () => {
    [browser, bundle] = await Promise.all([launchBrowser(), bundleOf('report')]);
  });
  after(() => browser.close());
  afterEach(async () => {
    assert.deepEqual(view.faults, []);
    await view.close();
  });

  const show = async (report: Report, options: OpenOptions = {}) => {
    view = await View.open(browser, bundle, options);
    await view.post({ type: 'report', report, directory: '/runs/one', applied: false });
    await view.page.getByRole('heading', { level: 1 }).waitFor();
  };
  const sentOf = async <T extends FromReport['type']>(type: T) =>
    (await view.sent<FromReport>()).filter((m): m is Extract<FromReport, { type: T }> => m.type === type);
  /** Answers every request for thumbnails with a picture. */
  const supply = async () => {
    const asked = await view.until(async () => {
      const messages = await sentOf('needThumbnails');
      return messages.length > 0 && messages;
    });
    const paths = asked.flatMap(message => message.paths);
    await view.post({
      type: 'thumbnails',
      uris: Object.fromEntries(paths.map((path, i) => [path, i === 1 ? null : `https://view.test/${i}.png`])),
    });
    return paths;
  };

  for (const theme of THEMES) {
    it(`has no serious accessibility finding in ${theme}`, async () => {
      await show(sampleReport(), { theme });
      await supply();
      await view.page.getByText('Nearest words of the learned vectors').click();
      assert.deepEqual(await seriousFindings(view.page), []);
    });
  }

  it('marks the learned prompt among the others where a theme has no background for it', async () => {
    for (const theme of ['hc', 'hcLight'] as const) {
      await show(sampleReport(), { theme });
      const [learned, other] = await Promise.all(
        ['tr.learned', 'tbody tr:not(.learned)'].map(selector =>
          view.page
            .locator(`.results ${selector}`)
            .first()
            .evaluate(row => getComputedStyle(row).outlineColor + getComputedStyle(row).outlineStyle),
        ),
      );
      assert.notEqual(learned, other);
      assert.doesNotMatch(learned!, /rgba\(0, 0, 0, 0\)|none/);
      if (theme === 'hc') await view.close();
    }
  });

  it('shows confidence as pictures and where “none of these” may begin', async () => {
    await show(sampleReport());
    const section = view.page.locator('.confidence');
    await section
      .getByText('21.4 % as it is, 4.1 % as the softmax of its logits divided by 2.31')
      .first()
      .waitFor();
    assert.equal(await section.getByRole('img').count(), 3);
    // One bar for each interval that holds an image.
    assert.equal(await section.locator('.bar').count(), 24);
    const row = section.getByRole('row', { name: '90 % right' });
    assert.deepEqual(await row.getByRole('cell').allTextContents(), [
      '0.70',
      '29.8 % of 171, 90.2 % of them right',
      '30.1 % of 342, 90.3 % of them right',
    ]);
  });

  it('has no confidence where a report tells none', async () => {
    const { confidence: _, ...earlier } = sampleReport();
    await show(earlier);
    assert.equal(await view.page.getByRole('heading', { name: 'Confidence' }).count(), 0);
  });

  it('asks for the report, and sends what its buttons mean', async () => {
    await show(sampleReport());
    assert.deepEqual((await view.sent<FromReport>())[0], { type: 'ready' });
    const press = (name: string) => view.page.getByRole('button', { name, exact: true }).first().click();
    for (const name of [
      'Apply',
      'Save as HTML…',
      'Export vectors…',
      'Export code…',
      'Copy command',
      'Open document',
    ])
      await press(name);
    const types = (await view.sent<FromReport>()).map(({ type }) => type);
    for (const type of ['apply', 'saveHtml', 'exportContext', 'exportCode', 'copyCommand', 'openDocument'])
      assert.ok(types.includes(type as FromReport['type']), type);
    await view.page.getByRole('button', { name: 'Copied' }).waitFor();
    await view.post({ type: 'report', report: sampleReport(), directory: '/runs/one', applied: true });
    assert.ok(await view.page.getByRole('button', { name: 'Applied' }).isDisabled());
  });

  it('has each prompt’s gain in sight beside another editor of a small window', async () => {
    await show(sampleReport(), { width: 326 });
    const change = view.page.locator('.results').getByRole('columnheader', { name: 'Change' });
    const { x, width } = (await change.boundingBox())!;
    assert.ok(x + width <= 326, `ends at ${x + width} px`);
  });

  it('sorts the prompts by any column, either way and back', async () => {
    const report = sampleReport();
    const results = report.results.map(row => (row.kind === 'ensemble' ? { ...row, dev: null } : row));
    await show({ ...report, results });
    const labels = () => view.page.locator('.results tbody .prompt > :first-child').allInnerTexts();
    const given = await labels();
    const header = view.page.locator('.results').getByRole('columnheader', { name: 'Test' });
    const button = header.getByRole('button');
    await button.focus();
    await view.page.keyboard.press('Enter');
    assert.equal(await header.getAttribute('aria-sort'), 'descending');
    const best = await labels();
    assert.equal(best.at(-1), 'a photo of a {}.');
    await view.page.keyboard.press('Enter');
    assert.equal(await header.getAttribute('aria-sort'), 'ascending');
    assert.deepEqual(await labels(), best.toReversed());
    await view.page.keyboard.press('Enter');
    assert.equal(await header.getAttribute('aria-sort'), 'none');
    assert.deepEqual(await labels(), given);
    // No dev figure goes last in either direction.
    for (let i = 0; i < 2; i++) {
      await view.page.getByRole('button', { name: 'Dev' }).click();
      assert.equal((await labels()).at(-1), '@use imagenet80');
    }
  });

  it('another method stands beside the prompts, and what it is below them; a report may have none', async () => {
    const report = sampleReport();
    await show(report);
    const row = view.page.getByRole('row', { name: /^linear probe/ });
    assert.match((await row.textContent()) ?? '', /no prompt/);
    const notes = () => view.page.locator('.results p.note').allTextContents();
    assert.ok((await notes()).includes(PROBE_NOTE));
    await view.close();
    const others = report.results.filter(({ kind }) => kind !== 'method');
    const leftOut = ['There is no linear probe: no dev image is left.'];
    await show({ ...report, results: others, leftOut });
    assert.deepEqual(
      (await notes()).filter(note => note.includes('probe')),
      leftOut,
    );
  });

  it('says what is of all seeds and what of the chosen one, and what repeats dev or test images', async () => {
    const report = sampleReport();
    await show({
      ...report,
      headline: { ...report.headline, seeds: 2 },
      chosenSeed: 2,
      againstBest: { label: '@use imagenet80', delta: report.headline },
      nearDuplicates: { count: 3, examples: [{ image: 'cat/a.png', of: 'cat/a.jpg' }] },
    });
    const text = (await view.page.locator('body').textContent()) ?? '';
    for (const part of [
      'Seed 2: ',
      'are those of seed 2, the best on dev, which Apply takes',
      'Against “@use imagenet80”, the hand-written line that is best on dev: ',
      '3 images to learn from show the same picture as a dev or test image, such as cat/a.png and cat/a.jpg.',
    ])
      assert.ok(text.includes(part), part);
  });

  it('moves through the matrix with the keyboard, and a cell filters the images', async () => {
    const report = sampleReport();
    await show(report);
    const grid = view.page.getByRole('grid', { name: 'Confusion matrix' });
    assert.equal(await grid.locator('td[tabindex="0"]').count(), 1);
    await grid.locator('td[tabindex="0"]').focus();
    for (const key of ['ArrowDown', 'ArrowRight', 'ArrowRight']) await view.page.keyboard.press(key);
    assert.equal(await grid.locator('td[tabindex="0"]').count(), 1);
    const focused = grid.locator('td:focus');
    const count = report.confusion.learned[1]![2]!;
    assert.ok(count > 0, 'the sample fills the cell');
    assert.equal(await focused.textContent(), String(count));
    await view.page.keyboard.press('Enter');
    assert.equal(await focused.getAttribute('aria-selected'), 'true');
    const heading = view.page.getByRole('heading', {
      name: 'Images: face taken for food by the learned prompt',
    });
    assert.match((await heading.textContent())!, new RegExp(`\\(${count}\\)`));
    assert.equal(await view.page.locator('.images li').count(), count);
    await view.page.keyboard.press('Control+End');
    assert.equal(await focused.textContent(), String(report.confusion.learned[7]![7]));
    await view.page.getByRole('radio', { name: 'difference' }).check();
    const difference = report.confusion.learned[1]![1]! - report.confusion.baseline[1]![1]!;
    assert.equal(
      await grid.getByRole('row', { name: /^face/ }).getByRole('gridcell').nth(1).textContent(),
      `+${difference}`,
    );
  });

  it('counts in every cell of every matrix are its images', () => {
    const { images, confusion, classes } = sampleReport();
    for (const matrix of ['learned', 'baseline'] as const)
      for (const label of classes.keys())
        for (const answer of classes.keys())
          assert.equal(
            filterImages(images, { kind: 'cell', matrix, label, answer }).length,
            confusion[matrix][label]![answer],
          );
  });

  it('leads from the headline to the broken images', async () => {
    const report = sampleReport();
    await show(report);
    await view.page.getByRole('button', { name: /broken$/ }).click();
    assert.match((await view.page.locator('h2:focus').textContent())!, /^Images: Broken/);
    const broken = report.images.filter(image => outcomeOf(image) === 'broken').map(({ path }) => path);
    const shown = await view.page
      .locator('.images button')
      .evaluateAll(all => (all as HTMLElement[]).map(one => one.title.split('\n')[0]));
    assert.deepEqual(shown, broken.slice(0, shown.length));
  });

  it('shows 10,000 images with few nodes, asks only for those in sight, and follows the keyboard', async () => {
    await show(sampleReport({ images: 40_000 }));
    const fixed = sampleReport({ images: 40_000 }).headline.fixed;
    assert.ok(fixed > 10_000);
    const asked = new Set(await supply());
    assert.ok(asked.size < 60, `${asked.size} thumbnails for the first screen`);
    const nodes = () => view.page.locator('*').count();
    const before = await nodes();
    assert.ok(before < 1500, `${before} nodes`);
    const started = Date.now();
    for (let y = 0; y < 300_000; y += 20_000)
      await view.page.locator('.grid').evaluate((grid, top) => {
        grid.scrollTop = top;
        return new Promise(requestAnimationFrame);
      }, y);
    assert.ok(Date.now() - started < 3000, 'scrolls within frames, not seconds');
    assert.ok((await nodes()) < before + 200);
    await view.until(async () => (await sentOf('needThumbnails')).length > 1);
    const all = (await sentOf('needThumbnails')).flatMap(({ paths }) => paths);
    assert.ok(all.length < 400, `${all.length} thumbnails were asked for`);
    await view.page.locator('.images button[tabindex="0"]').focus();
    await view.page.keyboard.press('End');
    const last = view.page.locator(`.images li[aria-posinset="${fixed}"] button`);
    assert.ok(await last.evaluate(element => element === document.activeElement));
    await view.page.keyboard.press('Enter');
    assert.equal((await sentOf('openImage')).length, 1);
    await view.page.keyboard.press('Home');
    await view.page.keyboard.press('ArrowRight');
    assert.equal(await view.page.locator('.images :focus').getAttribute('data-at'), '1');
  });

  it('keeps the page small with 1,000 classes', async () => {
    const classes = Array.from({ length: 1000 }, (_, i) => `class ${i}`);
    await show(sampleReport({ classes, images: 20_000 }));
    const grid = view.page.getByRole('grid');
    assert.equal(await grid.getAttribute('aria-rowcount'), '1001');
    const rows = await grid.getByRole('row').count();
    assert.ok(rows > 5 && rows < 60, `${rows} rows`);
    assert.ok((await view.page.locator('*').count()) < 4000);
    await view.page.getByRole('button', { name: 'Show all 1,000' }).click();
    await view.page.getByRole('rowheader', { name: 'class 999' }).first().waitFor();
  });

  for (const n of [40, 200])
    it(`reaches every cell of ${n} classes under headers that stay`, async () => {
      const classes = Array.from({ length: n }, (_, i) => `class ${i}`);
      const report = sampleReport({ classes, images: n * 20 });
      await show(report, { width: 1000 });
      await view.page.getByRole('checkbox', { name: /most errors first/ }).uncheck();
      const grid = view.page.getByRole('grid');
      await grid.locator('td[tabindex="0"]').focus();
      await view.page.keyboard.press('Control+End');
      const last = grid.locator(`td:focus[data-cell="${n - 1} ${n - 1}"]`);
      await last.waitFor();
      assert.equal(await last.textContent(), String(report.confusion.learned[n - 1]![n - 1]));
      const seen = async (name: string, role: 'rowheader' | 'columnheader') => {
        const header = (await grid.getByRole(role, { name, exact: true }).boundingBox())!;
        const cell = (await last.boundingBox())!;
        const box = (await view.page.locator('.matrix-box').boundingBox())!;
        assert.ok(header.x >= box.x - 1 && header.y >= box.y - 1, `${role} ${name} is in sight`);
        return role === 'rowheader' ? Math.abs(header.y - cell.y) : Math.abs(header.x - cell.x);
      };
      assert.ok((await seen(`class ${n - 1}`, 'rowheader')) < 2);
      assert.ok((await seen(`class ${n - 1}`, 'columnheader')) < 2);
      await view.page.keyboard.press('Enter');
      const heading = new RegExp(`class ${n - 1} recognised by the learned prompt`);
      await view.page.getByRole('heading', { name: heading }).waitFor();
      assert.ok((await grid.getByRole('gridcell').count()) < 3000);
    });

  const HOSTILE = [
    '<img src=x onerror="window.hacked=1">',
    '"><script>window.hacked=1</script>',
    'it\'s "quoted" & `ticked` &lt;b&gt;',
    '\u202Egnp.exe\u202C שלום',
    `long ${'w'.repeat(300)}`,
    'two\nlines\ttab',
    '__proto__',
    'javascript:window.hacked=1',
  ];

  it('shows hostile class and file names as text, within its width', async () => {
    const report = sampleReport({
      classes: HOSTILE,
      path: (name, i) => `${name}/${i}/${name}.png`,
      name: HOSTILE[0]!,
    });
    await show(report, { width: 400 });
    await supply();
    assert.equal(await view.page.evaluate('window.hacked'), undefined);
    assert.equal(await view.page.locator('script').count(), 1);
    assert.equal(await view.page.locator('img[src="x"]').count(), 0);
    const names = await view.page.locator('.matrix tbody th').allInnerTexts();
    assert.deepEqual(
      names.map(name => name.replace(/\s/g, '')),
      HOSTILE.map(name => name.replace(/\s/g, '')),
    );
    const overflow = await view.page.evaluate('document.documentElement.scrollWidth - innerWidth');
    assert.equal(overflow, 0, 'the page itself never scrolls sideways');
  });

  for (const width of [400, 800, 1400])
    it(`cuts no column off at ${width} px`, async () => {
      await show(sampleReport(), { width });
      assert.equal(await view.page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0);
      const change = view.page.locator('.results tbody tr').nth(1).locator('td').nth(1);
      const { x, width: wide } = (await change.boundingBox())!;
      assert.ok(x >= 0 && x + wide <= width, 'the change stands within the panel without scrolling');
    });

  it('has the first five columns in sight beside an editor in a window of 1280 px', async () => {
    await show(sampleReport(), { width: 466 });
    const results = view.page.locator('.results');
    const { x, width } = (await results
      .getByRole('columnheader', { name: 'Dev', exact: true })
      .boundingBox())!;
    const end = await results.evaluate(table => table.parentElement!.getBoundingClientRect().right);
    assert.ok(x + width <= end, `${x + width} of ${end}`);
  });

  it('comes back as it was left', async () => {
    await show(sampleReport());
    await view.page.getByRole('button', { name: 'Test' }).click();
    await view.page.getByRole('radio', { name: /Both wrong/ }).check();
    await view.page.getByRole('radio', { name: 'baseline' }).check();
    const state = await view.state();
    assert.equal(state['directory'], '/runs/one');
    await view.close();
    await show(sampleReport(), { state });
    assert.equal(
      await view.page
        .locator('.results')
        .getByRole('columnheader', { name: 'Test' })
        .getAttribute('aria-sort'),
      'descending',
    );
    assert.ok(await view.page.getByRole('radio', { name: /Both wrong/ }).isChecked());
    assert.ok(await view.page.getByRole('radio', { name: 'baseline' }).isChecked());
  });

  it('explains words of the field on hover, and shows no broken characters among nearest words', async () => {
    const report = sampleReport();
    const [first, ...others] = report.nearestWords;
    const broken = {
      ...first!,
      words: first!.words.map((word, at) => (at === 1 ? { ...word, text: '\uFFFD' } : word)),
    };
    await show({ ...report, nearestWords: [broken, ...others] });
    for (const name of ['Top 5', 'Macro F1', 'ECE', 'Balanced', 'p']) {
      const title = await view.page.getByRole('button', { name, exact: true }).getAttribute('title');
      assert.ok(title !== null && title.length > 20, name);
    }
    assert.match((await view.page.locator('dt', { hasText: 'Recipe' }).getAttribute('title')) ?? '', /epoch/);
    await view.page.getByText('Nearest words of the learned vectors').click();
    const text = (await view.page.locator('.nearest').textContent()) ?? '';
    assert.doesNotMatch(text, /\uFFFD/);
    assert.match(text, /part of a character/);
  });

  it('keeps scroll and selection while an opened image covers it, and when the report is sent again', async () => {
    await show(sampleReport({ images: 4000 }));
    const box = () => view.page.locator('.grid');
    await box().scrollIntoViewIfNeeded();
    await box().evaluate(grid => {
      grid.scrollTop = 1000;
    });
    const drawn = () => view.page.locator('.images button').nth(8).getAttribute('data-at');
    const at = await view.until(async () => Number(await drawn()) > 30 && (await drawn()));
    const picture = view.page.locator(`.images [data-at="${at}"]`);
    const path = (await picture.getAttribute('title'))!.split('\n')[0]!;
    await picture.click();
    const place = async () => ({
      page: Math.round(Number(await view.page.evaluate('scrollY'))),
      grid: await box().evaluate(grid => grid.scrollTop),
    });
    const left = await place();
    assert.ok(left.page > 0 && left.grid > 500, JSON.stringify(left));
    await view.until(async () => (await view.state())['page scroll'] === left.page);
    await view.post({
      type: 'report',
      report: sampleReport({ images: 4000 }),
      directory: '/runs/one',
      applied: true,
    });
    await view.page.getByRole('button', { name: 'Applied' }).waitFor();
    assert.deepEqual(await place(), left);
    const state = await view.state();
    await view.close();
    await show(sampleReport({ images: 4000 }), { state });
    await view.until(async () => (await place()).page === left.page);
    assert.deepEqual(await place(), left);
    const opened = view.page.locator('.images [aria-current="true"]');
    assert.ok((await opened.getAttribute('title'))!.startsWith(`${path}\n`));
    assert.ok(await opened.evaluate(element => element === document.activeElement));
    await view.page.getByRole('radio', { name: /Both wrong/ }).check();
    await view.until(async () => (await place()).grid === 0);
  });

  it('writes whole class names under the pictures', async () => {
    const classes = [
      'American Staffordshire terrier',
      'soft-coated Wheaten terrier',
      'pug',
      'Bernese mountain dog',
    ];
    await show(sampleReport({ classes, images: 200 }));
    const cut = await view.page
      .locator('.images .truth, .images .answer')
      .evaluateAll(
        all => all.filter(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight + 1).length,
      );
    assert.equal(cut, 0);
    const below = await view.page
      .locator('.images button')
      .evaluateAll(
        all => all.filter(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight + 1).length,
      );
    assert.equal(below, 0);
    const said = await view.page.locator('.images .before').allInnerTexts();
    assert.ok(said.length > 0 && said.every(name => classes.includes(name)));
  });

  it('takes a state of another shape for none', async () => {
    await show(sampleReport(), { state: { images: { kind: 'cell' }, matrix: 7, 'sort results': 'up' } });
    assert.ok(await view.page.getByRole('radio', { name: /^Fixed/ }).isChecked());
  });
});
