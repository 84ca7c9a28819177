import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import type { Ui } from '../../tools/vscode-host/ui.mjs';
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
    const { pid } = JSON.parse(readFileSync(path.join(newestRun(), 'lock'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    const { message, buttons } = await notice(/stands still/);
    assert.match(message, /at epoch \d+ of 5000: its process is gone/);
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
    await tree(/Done · test \d+\.\d%/).waitFor({ timeout: 280_000 });
    const report = await ui.webviewFrame('Report demo-16shot-2');
    const gain = (await report.locator('header .figure').textContent())!.replace(/\D+/g, '');
    assert.equal((await ui.notifications()).length, 0);
    const told = (await tree(/Done · test/).textContent())!;
    assert.ok(told.replace(/\D/g, '').endsWith(gain), `${told} ends with the report’s gain`);
    const status = await ui.until(
      async () => (await ui.statusBarText()).find(text => /CoOp: demo/.test(text)),
      'the status bar',
    );
    assert.match(status, /test .*pts$/);
    assert.ok(status.replace(/^.*test/, '').replace(/\D/g, '') === gain, status);
    await look(window, '20-gain');
  });

  it('keeps the report on the applied line, and notices an identical rerun', async () => {
    await ui.openFile('demo.prompts', 15);
    await ui.runCommand('CoOp: Learn Prompt');
    await row('Open the report of demo-16shot').waitFor();
    await look(window, '21-rerun');
    await ui.page.keyboard.press('Escape');
    await ui.clickCodeLens('Apply demo-16shot');
    await ui.until(
      async () => (await ui.readCodeLenses()).find(({ text }) => /Report of demo-16shot/.test(text)),
      'the lens of the applied line',
    );
    await look(window, '22-applied');
  });
});
