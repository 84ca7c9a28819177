import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Ui } from '../../tools/vscode-host/ui.mjs';
import { pidOf } from './support/frozen';
import { look } from './support/look';
import { openSample, type SampleWindow } from './support/sample-window';

/** The views, picks, menus and notices of a day’s work, as a person meets them. */
describe('views and picks in a window', () => {
  let window: SampleWindow;
  let ui: Ui;
  let workspace: string;

  before(async () => {
    window = await openSample();
    ({ ui, workspace } = window);
    const images = path.join(workspace, 'images/groups');
    writeFileSync(path.join(images, 'activities/broken.jpg'), 'not an image');
    cpSync(path.join(images, 'activities/baseball.jpg'), path.join(images, 'objects/baseball.jpg'));
  });

  after(() => window.close());

  const tree = (text: string | RegExp) => ui.page.locator('.pane-body .monaco-list-row', { hasText: text });
  const rows = (of: Ui) => of.page.locator('.quick-input-list .monaco-list-row');
  const firstRun = () =>
    path.join(workspace, '.coop/runs', readdirSync(path.join(workspace, '.coop/runs'))[0]!);

  it('says in empty views what to do', async () => {
    await ui.openFile('demo.prompts', 15);
    await ui.openContainer('CoOp');
    await ui.page.locator('.welcome-view-content', { hasText: 'No prompt has been learned' }).waitFor();
    const dashboard = await ui.webviewFrame('coop.dashboard');
    await dashboard.getByText('No runs yet').waitFor();
    await ui.until(
      async () => (await ui.readInlayHints()).filter(({ text }) => /\d%/.test(text)).length >= 5,
      'hints',
    );
    await look(window, '9-welcome');
  });

  it('lists classes and what is odd about files', async () => {
    await ui.runCommand('CoOp: Scan Image Folder');
    await tree('Cannot be used').click();
    await tree('Same bytes').click();
    await tree('broken.jpg').waitFor();
    await look(window, '10-images');
  });

  it('tells a crash once, with a way on, and opens the report at the end', async () => {
    await ui.runCommand('CoOp: Learn Prompt');
    await ui.pick('Context vectors');
    await ui.type('4');
    await ui.until(async () => /\[V:4\]/.test((await rows(ui).first().textContent()) ?? ''), 'M = 4');
    // Long enough to be killed in: the fewest steps are over within a second.
    await ui.pick('Epochs');
    await ui.type('300');
    await rows(ui).filter({ hasText: '300 steps, 600 with both beginnings' }).waitFor();
    await look(window, '11-learn-rows');
    await ui.page.keyboard.press('Enter');
    await tree(/Learning 2?/).waitFor();
    process.kill(pidOf(firstRun()), 'SIGKILL');
    await ui.until(
      async () => (await ui.notifications()).find(({ message }) => /stands still/.test(message)),
      'the notice',
    );
    await look(window, '12-crash');
    await ui.page.locator('.notifications-toasts .monaco-button', { hasText: 'Resume' }).click();
    await tree(/test \d/).waitFor({ timeout: 120_000 });
    const report = await ui.webviewFrame('Report demo-16shot');
    await report.getByText('The learned prompt').first().waitFor();
    const menu = async () => {
      await ui.page.keyboard.press('Escape');
      await tree('demo-16shot').click({ button: 'right' });
      await ui.page.locator('.monaco-menu', { hasText: 'Export Context' }).waitFor();
    };
    await menu();
    await look(window, '13-run-menu', menu);
    await ui.page.keyboard.press('Escape');
  });

  it('starts the next run from the last choice', async () => {
    await ui.openFile('demo.prompts', 11);
    await ui.runCommand('CoOp: Learn Prompt');
    await ui.until(async () => /\[V:4\]/.test((await rows(ui).first().textContent()) ?? ''), 'M = 4 again');
    await ui.page.keyboard.press('Escape');
  });

  it('suggests templates in a list, the best first', async () => {
    await ui.openFile('demo.prompts', 9);
    await ui.runCommand('CoOp: Suggest Templates');
    await ui.page.locator('.quick-input-title', { hasText: /\d tried on dev images; test/ }).waitFor();
    const told = await rows(ui).allTextContents();
    assert.match(told[0]!, /Ensemble of \d\d?\d\d\.\d % on dev, \+\d+\.\d pts/);
    // The best of hundreds would look significant, one by one.
    assert.doesNotMatch(told.join(), /p [=<]/);
    await look(window, '25-suggest');
    await ui.page.keyboard.press('Escape');
  });

  it('shows expectations as tests once that is switched on', async () => {
    const text = '# expect: acc >= 0.20\na photo of a {}.\n# expect: acc >= 0.99\nan icon of a {}.\n';
    writeFileSync(
      path.join(workspace, 'expect.prompts'),
      `@images ./images/groups\n@model icon-clip\n${text}`,
    );
    mkdirSync(path.join(workspace, '.vscode'), { recursive: true });
    writeFileSync(path.join(workspace, '.vscode/settings.json'), '{ "coop.testing": true }');
    await ui.openFile('expect.prompts');
    await ui.page.locator('.activitybar a.action-label[aria-label^="Testing"]').waitFor();
    await ui.openContainer('Testing');
    await ui.page.locator('.test-explorer .monaco-list-row', { hasText: 'expect.prompts' }).click();
    await ui.page.keyboard.press('ArrowRight');
    await ui.runCommand('Test: Run All Tests');
    const failed = ui.page.locator('.test-explorer .monaco-list-row', { hasText: 'an icon of a {}.' });
    await failed.locator('.codicon-testing-failed-icon').waitFor();
    await ui.page
      .locator('.test-explorer .monaco-list-row', { hasText: 'a photo of a {}.' })
      .locator('.codicon-testing-passed-icon')
      .waitFor();
    await look(window, '16-tests');
  });

  it('says of each device what it can do here', async () => {
    await ui.runCommand('CoOp: Check Devices');
    await ui.until(async () => (await rows(ui).count()) >= 4, 'the devices');
    assert.match((await rows(ui).allTextContents()).join(), /cuda.*not usable here/);
    await look(window, '14-devices');
    await ui.page.keyboard.press('Escape');
  });

  it('lists models, the sample’s with its limits', async () => {
    await ui.runCommand('CoOp: Select Model…');
    await ui.until(async () => (await rows(ui).count()) >= 3, 'the models');
    assert.match((await rows(ui).allTextContents()).join(), /For the sample only/);
    // The copy of the sample has it too: it is listed once, and Enter alone takes another row.
    const listed = await rows(ui).allTextContents();
    assert.deepEqual(
      listed.flatMap((text, at) => (/icon-clip/.test(text) ? [at] : [])),
      [1],
    );
    // Models of the hub, with what helps to choose; nothing is downloaded until one is chosen.
    const offered = (await rows(ui).allTextContents()).join();
    assert.match(offered, /Another model of the hub/);
    assert.match(offered, /clip-vit-base-patch16.*599 MB · licence MIT.*68\.3 % on ImageNet/);
    await look(window, '15-models');
    await ui.page.keyboard.press('Escape');
    // VS Code writes its notices of errors to the console too.
    assert.deepEqual(
      ui.errors().filter(text => !/stands still/.test(text)),
      [],
    );
  });
});
