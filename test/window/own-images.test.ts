import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Ui } from '../../tools/vscode-host/ui.mjs';
import { HubServer } from '../support/hub-server';
import { root } from '../support/root';
import { chooseInMenu } from './support/choose-in-menu';
import { enginePid } from './support/engine-pid';
import { frozen } from './support/frozen';
import { look } from './support/look';
import { openSample, type SampleWindow } from './support/sample-window';

const LARGE = `@images ./large
@model icon-clip
@split 1/98/1 seed 1

@baseline
a photo of a {}.
an icon of a {}.
`;

/** So many that a fast machine is still at it when the first numbers are seen. */
const COPIES = 6;

const ID = 'acme/icon-clip';
const HUB = `@images ./many
@model ${ID}

@baseline
a photo of a {}.
an icon of a {}.
`;

/** Images of one’s own, from the folder to the first numbers: without classes, vaguely named, without a model, many. */
describe('images of one’s own in a window', () => {
  let window: SampleWindow;
  let ui: Ui;
  let workspace: string;
  let hub: HubServer;
  let cache: string;

  before(async () => {
    hub = await new HubServer().start();
    hub.serveFolder(ID, path.join(root, 'media/sample/icon-clip'));
    cache = mkdtempSync(path.join(os.tmpdir(), 'coop-hub-'));
    window = await openSample(
      { 'large.prompts': LARGE, 'hub.prompts': HUB },
      { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cache },
    );
    ({ ui, workspace } = window);
    const activities = path.join(workspace, 'images/groups/activities');
    const pictures = readdirSync(activities);
    mkdirSync(path.join(workspace, 'flat'));
    for (const name of pictures.slice(0, 12))
      cpSync(path.join(activities, name), path.join(workspace, 'flat', name));
    for (const [at, name] of ['001.Sooty_Tern', '002.Laysan_Albatross', 'class_3'].entries()) {
      mkdirSync(path.join(workspace, 'birds', name), { recursive: true });
      for (const picture of pictures.slice(5 * at, 5 * at + 5))
        cpSync(path.join(activities, picture), path.join(workspace, 'birds', name, picture));
    }
    const many = path.join(workspace, 'many');
    // Its features are in no cache yet.
    renameSync(path.join(workspace, 'images/groups'), many);
    const large = path.join(workspace, 'large');
    for (const folder of readdirSync(many)) {
      mkdirSync(path.join(large, folder), { recursive: true });
      for (const picture of readdirSync(path.join(many, folder)))
        for (let copy = 0; copy < COPIES; copy++)
          writeFileSync(
            path.join(large, folder, `${copy}-${picture}`),
            // What follows a picture's end is not drawn, but makes the file another one.
            Buffer.concat([readFileSync(path.join(many, folder, picture)), Buffer.from([copy])]),
          );
    }
  });

  after(async () => {
    await window.close();
    await hub.stop();
    rmSync(cache, { recursive: true });
  });

  const inExplorer = (name: string) =>
    ui.page.locator('.explorer-folders-view .monaco-list-row', { hasText: new RegExp(`^${name}\\b`) });
  const rows = () => ui.page.locator('.quick-input-list .monaco-list-row');
  const toast = () => ui.page.locator('.notifications-toasts .notification-toast').first();
  const button = (text: string) =>
    ui.page.locator('.notifications-toasts .monaco-button', { hasText: text }).first();
  const notice = (pattern: RegExp) =>
    ui.until(
      async () => (await ui.notifications()).find(({ message }) => pattern.test(message)),
      String(pattern),
    );
  /** A notice without an error goes away unless it is pointed at. */
  const point = () => toast().hover();
  const choose = async (name: string, command: string) => {
    // A scan shows what it found, in place of the Explorer.
    await ui.runCommand('View: Show Explorer');
    // Where the editor's own file watcher is not built, files that are written meanwhile are not seen.
    await ui.runCommand('Refresh Explorer');
    await chooseInMenu(ui, () => inExplorer(name), command);
  };
  const numbers = async (file: string) =>
    (await ui.readInlayHints(file)).filter(({ text }) => /\d%/.test(text));
  const clear = () => ui.runCommand('Notifications: Clear All Notifications');

  it('offers a labels file or predictions where nothing says the classes', async () => {
    await ui.until(async () => (await ui.commands('CoOp: Scan')).length > 0, 'the commands');
    await choose('flat', 'Scan Image Folder');
    const { message, buttons } = await notice(/12 images, but nothing says which classes/);
    assert.match(message, /sub-folder per class, or label them in a list/);
    assert.deepEqual(buttons, ['Write a Labels File', 'Predict Them']);
    await look(window, '30-flat-folder', point);
    await button('Write a Labels File').click();
    await ui.page.locator('.tab.active', { hasText: 'labels.csv' }).waitFor();
    await notice(/lists 12 images\. Write the class of each after its comma/);
    await look(window, '31-labels', point);
    await clear();
  });

  it('predicts them with names that are asked for and a model that is chosen', async () => {
    await choose('flat', 'Scan Image Folder');
    await button('Predict Them').click();
    await ui.page.locator('.quick-input-title', { hasText: 'What may the images show?' }).waitFor();
    await look(window, '32-predict-names');
    await ui.type('sports, food');
    await rows().filter({ hasText: 'icon-clip' }).first().click();
    await notice(/says of 12 images what “a photo of a {}\.” takes them for/);
    const text = readFileSync(path.join(workspace, 'flat/labels-2.csv'), 'utf8');
    assert.match(text, /^file,label,probability\n(.+\.jpg,(sports|food),0\.\d{4}\n){12}$/);
    await look(window, '33-predicted', point);
    await clear();
  });

  it('makes the names file of a folder that is vaguely named', async () => {
    await choose('birds', 'Scan Image Folder');
    const { buttons } = await notice(/15 images in 3 classes\. 3 class names say nothing/);
    assert.deepEqual(buttons, ['New Prompts File', 'Name the Classes']);
    await look(window, '34-vague-names', point);
    await button('Name the Classes').click();
    await ui.page.locator('.tab.active', { hasText: 'classes.csv' }).waitFor();
    await notice(/2 names proposed\. 1 name only you can know/);
    assert.equal(
      readFileSync(path.join(workspace, 'classes.csv'), 'utf8'),
      'folder,name\n001.Sooty_Tern,Sooty Tern\n002.Laysan_Albatross,Laysan Albatross\nclass_3,class 3\n',
    );
    await look(window, '35-names-file', point);
    await clear();
  });

  it('makes a document without a model, which says what it lacks and shows no failures', async () => {
    await ui.runCommand('View: Close All Editors');
    await choose('many', 'New Prompts File');
    await rows().filter({ hasText: 'icon-clip' }).first().waitFor();
    await rows().filter({ hasText: 'Not now' }).first().waitFor();
    await look(window, '36-new-prompts-model');
    await rows().filter({ hasText: 'Not now' }).first().click();
    await ui.page.locator('.tab.active', { hasText: 'many.prompts' }).waitFor();
    await ui.until(
      async () => (await ui.readCodeLenses()).some(({ text }) => /Add @model NAME/.test(text)),
      'what is missing',
    );
    assert.deepEqual(await ui.readInlayHints('many.prompts'), []);
    await look(window, '37-no-model');
  });

  it('scores once a model is chosen', async () => {
    await ui.runCommand('CoOp: Select Model…');
    await rows().filter({ hasText: 'icon-clip' }).first().click();
    await ui.page.locator('.view-line', { hasText: /^@model.icon-clip$/ }).waitFor();
    await ui.until(async () => (await numbers('many.prompts')).length >= 4, 'numbers');
  });

  it('tells how far scoring is, shows numbers of some images first, and stops at a click', async () => {
    const pid = enginePid(path.dirname(workspace))!;
    const item = ui.page.locator('.statusbar-item', { hasText: /CoOp: .* (images|templates)/ });
    await ui.openFile('large.prompts');
    await ui.until(async () => (await numbers('large.prompts')).length === 2, 'first numbers');
    await frozen(pid, async () => {
      await item.waitFor();
      for (const { text } of await numbers('large.prompts')) assert.match(text, /^~\d+\.\d%/);
      const hover = async () => {
        await ui.page.locator('.view-lines').getByText(/~\d/).first().hover();
        await ui.page.locator('.monaco-hover', { hasText: 'so far; more are being scored' }).waitFor();
      };
      // Of now, not of when the hint was drawn; what the engine said before it stood still may be under way.
      await ui.until(async () => {
        await ui.page.mouse.move(0, 0);
        await ui.page.locator('.monaco-hover').waitFor({ state: 'hidden' });
        await hover();
        const hovered = (await ui.page.locator('.monaco-hover').allInnerTexts())
          .join(' ')
          .replace(/\s/g, ' ');
        assert.match(hovered, /(images|templates)\/s · .* of 200 dev images/);
        const told = (await item.textContent())!;
        assert.match(
          told,
          /CoOp: [\d,]+ \/ [\d,]+ (images|templates) · [\d,.]+ (images|templates)\/s · (≈ .* left|nearly done)/,
        );
        return hovered.includes(/[\d,]+ \/ [\d,]+ \w+/.exec(told)![0]);
      }, 'the same count in the status bar and in the hover');
      await look(window, '38-scoring', hover);
      await item.click();
      await item.waitFor({ state: 'detached' });
    });
    await ui.runCommand('File: Save');
    await ui.until(
      async () => (await numbers('large.prompts')).every(({ text }) => /^\d+\.\d%/.test(text)),
      'numbers of all images',
      60_000,
    );
  });

  it('offers the model that a document names and that is not here, downloads it when told to, and scores then', async () => {
    await ui.openFile('hub.prompts');
    const { message, buttons } = await notice(/hub\.prompts names the model acme\/icon-clip/);
    assert.match(message, /which is not on this computer/);
    assert.deepEqual(buttons, ['Download', 'Select Another …']);
    await look(window, '39-missing-model', point);
    assert.deepEqual(hub.asked, []);
    hub.hold(3_000_000);
    await button('Download').click();
    await hub.isHeld();
    await notice(/Downloading acme\/icon-clip.*\d \/ \d+ MB/);
    await look(window, '46-download', point);
    hub.release();
    await ui.until(async () => (await numbers('hub.prompts')).length === 2, 'numbers');
    await clear();
  });

  it('predicts an image from the Explorer, with the best template first', async () => {
    await choose('bowling.jpg', 'Predict Image…');
    const template = rows().first();
    await template.filter({ hasText: /% on dev/ }).waitFor();
    await look(window, '47-predict-template');
    await template.click();
    await ui.page.locator('.quick-input-title', { hasText: 'sees bowling.jpg' }).waitFor();
    assert.equal((await rows().allTextContents()).filter(text => /\d %/.test(text)).length, 3);
    await look(window, '48-predicted-image');
    await ui.page.keyboard.press('Escape');
    assert.deepEqual(ui.errors(), []);
  });
});
