import assert from 'node:assert/strict';
import { readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import type { Ui } from '../../tools/vscode-host/ui.mjs';
import { chooseInMenu } from './support/choose-in-menu';
import { pidOf } from './support/frozen';
import { look } from './support/look';
import { openSample, type SampleWindow } from './support/sample-window';

/** What a person is told of runs: that one cannot begin, how one failed, what one gained. */
describe('runs in a window', function () {
  this.timeout(400_000);
  let window: SampleWindow;
  let ui: Ui;
  let workspace: string;

  before(async () => {
    window = await openSample();
    ({ ui, workspace } = window);
  });

  after(() => window.close());

  const rows = () => ui.page.locator('.quick-input-list .monaco-list-row');
  const row = (text: string | RegExp) => rows().filter({ hasText: text }).first();
  const tree = (text: string | RegExp) => ui.page.locator('.pane-body .monaco-list-row', { hasText: text });
  const notice = (pattern: RegExp) =>
    ui.until(
      async () => (await ui.notifications()).find(({ message }) => pattern.test(message)),
      String(pattern),
      120_000,
    );
  const newestRun = () => {
    const folder = path.join(workspace, '.coop/runs');
    return path.join(folder, readdirSync(folder).sort().at(-1)!);
  };

  it('says in the pick that a layout leaves no room, and keeps the plan that can be learned', async () => {
    await ui.openFile('demo.prompts', 15);
    await ui.runCommand('CoOp: Learn Prompt');
    await row('Start').waitFor();
    await ui.pick('Context vectors');
    await ui.type('100');
    await row(/tokens/).waitFor();
    await look(window, '18-refused');
    assert.match((await row('Start').textContent()) ?? '', /\[V:16\]/);
    await ui.page.keyboard.press('Escape');
  });

  it('says a failed run’s error on a click, with a button that helps, and no Resume that cannot', async () => {
    await ui.runCommand('CoOp: Learn Prompt');
    await ui.pick('Epochs');
    await ui.type('5000');
    await row('Start').waitFor();
    await ui.page.keyboard.press('Enter');
    await tree(/Learning/).waitFor({ timeout: 120_000 });
    process.kill(pidOf(newestRun()), 'SIGKILL');
    const { message, buttons } = await notice(/stands still/);
    assert.match(message, /at epoch \d+ of 10000: its process is gone/);
    assert.deepEqual(buttons, ['Resume', 'Show Log']);
    const images = path.join(workspace, 'images/groups');
    renameSync(path.join(images, 'activities/baseball.jpg'), path.join(images, 'objects/baseball.jpg'));
    await ui.page.locator('.notifications-toasts .monaco-button', { hasText: 'Resume' }).click();
    await tree(/Failed/).waitFor({ timeout: 120_000 });
    await ui.runCommand('Notifications: Clear All Notifications');
    await tree(/Failed/).click();
    const failed = await notice(/failed: Since this run began, the images/);
    assert.deepEqual(failed.buttons, ['Learn Again', 'Show Log']);
    assert.doesNotMatch(failed.message, /\bat \w+.*:\d+/);
    await look(window, '19-failed');
    await ui.runCommand('Notifications: Clear All Notifications');
  });

  it('opens the report without a notice over it; test is the gain, wherever it stands', async () => {
    await ui.openFile('demo.prompts', 15);
    await ui.runCommand('CoOp: Learn Prompt');
    await row('Use the defaults').click();
    await row(/16 shots · \[V:16\]/).waitFor();
    await ui.page.keyboard.press('Enter');
    await tree(/test \d+\.\d%/).waitFor({ timeout: 280_000 });
    const report = await ui.webviewFrame('Report demo-16shot-2');
    const gain = (await report.locator('header .figure').textContent())!.replace(/\D+/g, '');
    assert.equal((await ui.notifications()).length, 0);
    const told = (await tree(/test \d/).textContent())!;
    assert.ok(told.replace(/\D/g, '').endsWith(gain), `${told} ends with the report’s gain`);
    const status = await ui.until(
      async () => (await ui.statusBarText()).find(text => /CoOp: demo/.test(text)),
      'the status bar',
    );
    assert.match(status, /test .*pts$/);
    assert.ok(status.replace(/^.*test/, '').replace(/\D/g, '') === gain, status);
    await look(window, '20-gain');
  });

  it('leads from a confusion to its images, and back to them from one that was opened', async () => {
    const report = () => ui.webviewFrame('Report demo-16shot-2');
    await ui.page.locator('.tab', { hasText: 'Report demo-16shot-2' }).click();
    let frame = await report();
    await frame.getByRole('radio', { name: /^Both right/ }).check();
    const scrolled = () =>
      frame.evaluate<[number, number]>(
        "[document.querySelector('.grid').scrollTop, document.scrollingElement.scrollTop]",
      );
    await frame.evaluate(
      "document.querySelector('.grid').scrollIntoView(), (document.querySelector('.grid').scrollTop = 300)",
    );
    const chosen = frame.locator('.images button').nth(8);
    await chosen.locator('img').waitFor();
    const title = (await chosen.getAttribute('title'))!;
    await look(window, '26-grid');
    const before = await scrolled();
    await chosen.click();
    await ui.page.locator('.tab.active', { hasText: /\.(jpg|png)/ }).waitFor();
    await look(window, '27-image');
    await ui.page.locator('.tab', { hasText: 'Report demo-16shot-2' }).click();
    frame = await report();
    const current = frame.locator('.images button[aria-current="true"]');
    await current.waitFor();
    assert.equal(await current.getAttribute('title'), title);
    assert.deepEqual(await scrolled(), before);
    assert.ok(before[0] > 0);
    const confusion = frame.locator('.pairs button').first();
    const words = (await confusion.textContent())!;
    await confusion.click();
    await frame.getByRole('heading', { name: new RegExp(`^Images: ${words}`) }).waitFor();
    await look(window, '28-confusion');
  });

  it('skips the comparisons with one click, and draws the runs of the tree over each other', async () => {
    await ui.openFile('demo.prompts', 15);
    await ui.runCommand('CoOp: Learn Prompt');
    await ui.pick('Comparisons');
    await row(/skipped; choose to compare/).waitFor();
    await ui.pick('Context vectors');
    await ui.type('4');
    await row(/Start · 16 shots · \[V:4\]/).waitFor();
    await look(window, '29-no-comparisons');
    await ui.page.keyboard.press('Enter');
    await ui.until(async () => (await tree(/test \d+\.\d%/).count()) === 2, 'the second gain', 280_000);
    const report = await ui.webviewFrame('Report demo-16shot-3');
    await report.getByText('The learned prompt').first().waitFor();
    assert.equal(await report.getByText('linear probe').count(), 0);
    await tree(/^demo-16shot-2/).click();
    await tree(/^demo-16shot-3/).click({ modifiers: ['Control'] });
    const dashboard = await ui.webviewFrame('coop.dashboard');
    const legend = dashboard.locator('.legend');
    await legend.getByText('demo-16shot-2').waitFor();
    await legend.getByText('demo-16shot-3').waitFor();
    await ui.page.mouse.move(640, 5);
    await look(window, '44-overlaid');
    await chooseInMenu(ui, () => tree(/^demo-16shot-3/), 'Compare Runs');
    await ui.page.locator('.tab', { hasText: 'Compare 2 runs' }).waitFor();
    const compared = await ui.webviewFrame('Compare 2 runs');
    await compared.getByRole('heading', { name: 'Compared runs' }).waitFor();
    await compared.locator('canvas').first().waitFor();
    await compared.locator('.images img').first().waitFor();
    await look(window, '45-compare');
  });

  it('keeps the report on the applied line, and notices an identical rerun', async () => {
    await ui.openFile('demo.prompts', 15);
    await ui.runCommand('CoOp: Learn Prompt');
    await row('Open the report of demo-16shot').waitFor();
    await look(window, '21-rerun');
    await ui.page.keyboard.press('Escape');
    await ui.clickCodeLens('Apply demo-16shot');
    await ui.until(
      async () =>
        (await ui.readCodeLenses()).find(({ text }) => /^Report of demo-16shot-3 · test ▲\+\d/.test(text)),
      'the lens of the applied line, with what it gained',
    );
    await ui.until(
      async () => (await ui.readInlayHints()).some(({ text }) => /▲\+\d+\.\d dev$/.test(text)),
      'the hint, which says that it is of dev images',
    );
    await look(window, '22-applied');
  });
});
