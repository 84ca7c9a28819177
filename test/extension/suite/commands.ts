import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../../src/extension/extension';
import type { ComparedRun } from '../../../src/shared/contracts/comparison';
import type { ImagePrediction } from '../../../src/shared/contracts/protocol';
import type { ScanResult } from '../../../src/shared/contracts/scan';
import { until } from './until';

/** Commands with arguments, as keybindings and menus give them; after the story, whose run they work on. */
export function commands(): void {
  describe('commands', () => {
    const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
    const images = path.join(folder, 'images', 'groups');
    let api: Api;
    let document: vscode.TextDocument;

    before(async () => {
      const extension = vscode.extensions.getExtension<Api>('coop-vscode.coop-vscode')!;
      api = await extension.activate();
      document = await vscode.workspace.openTextDocument(path.join(folder, 'demo.prompts'));
      await vscode.window.showTextDocument(document);
      const registered = new Set(await vscode.commands.getCommands(true));
      const { contributes } = extension.packageJSON as { contributes: { commands: { command: string }[] } };
      for (const { command } of contributes.commands) assert.ok(registered.has(command), command);
    });
    const doneRuns = () => api.watcher.runs.filter(({ status }) => status === 'done');

    it('learns with the values of a keybinding', async () => {
      const directory = await vscode.commands.executeCommand<string>('coop.learn', {
        line: '[V:16] {}.',
        layout: '[V:4] {}.',
        shots: 4,
        epochs: 10,
        seeds: [2],
        device: 'cpu',
        start: true,
      });
      const run = await until('the end of the run', () =>
        doneRuns().find(each => each.directory === directory),
      );
      const { recipe, template, threads } = run.inputs;
      assert.deepEqual(
        [template, recipe.shots, 'epochs' in recipe && recipe.epochs, recipe.seeds],
        ['[V:4] {}.', 4, 10, [2]],
      );
      assert.ok(threads > 0);
    });

    it('refuses arguments that it does not know, naming them', async () => {
      const before = api.watcher.runs.length;
      assert.equal(await vscode.commands.executeCommand('coop.learn', { shot: 4, start: true }), undefined);
      assert.equal(api.watcher.runs.length, before);
    });

    it('compares finished runs on the same test images', async () => {
      const [newest] = doneRuns();
      const directories = doneRuns()
        .filter(({ inputs }) => inputs.hashes.parts === newest!.inputs.hashes.parts)
        .slice(0, 2)
        .map(({ directory }) => directory);
      const runs = await vscode.commands.executeCommand<readonly ComparedRun[]>(
        'coop.compareRuns',
        directories,
      );
      assert.equal(runs.length, 2);
      assert.equal(runs[0]!.againstFirst, null);
      const { againstFirst, test } = runs[1]!;
      assert.equal(againstFirst!.n, test.n);
      assert.ok(Math.abs(againstFirst!.difference - (test.value - runs[0]!.test.value)) < 1e-12);
    });

    it('exports a run’s vectors', async () => {
      const [run] = doneRuns();
      const out = vscode.Uri.file(path.join(folder, 'vectors.npy'));
      assert.deepEqual(
        await vscode.commands.executeCommand('coop.exportContext', run!.directory, out),
        [4, 128],
      );
      assert.match(readFileSync(out.fsPath).toString('latin1', 0, 128), /'shape': \(4, 128\)/);
    });

    it('writes code that classifies with a run’s prompt, at the cursor of a code file', async () => {
      const [run] = doneRuns();
      const own = await vscode.commands.executeCommand<string>(
        'coop.exportCode',
        run!.directory,
        'open_clip',
      );
      assert.match(own, /open_clip\.create_model_from_pretrained\("local-dir:/);
      assert.ok(existsSync(path.join(folder, '.coop/exports', `${run!.inputs.name}.safetensors`)));
      assert.equal(vscode.window.activeTextEditor?.document.languageId, 'python');

      const file = path.join(folder, 'classify.py');
      writeFileSync(file, '# mine\n');
      const head = '@images ./images/groups\n@model ./icon-clip\n';
      writeFileSync(path.join(folder, 'a.prompts'), `${head}<${run!.inputs.name}> {}.\n`);
      const editor = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file));
      editor.selection = new vscode.Selection(1, 0, 1, 0);
      await vscode.commands.executeCommand('coop.exportCode', undefined, 'open_clip');
      const text = editor.document.getText();
      assert.ok(text.startsWith('# mine\n# A prompt learned by CoOp'));
      assert.match(text, /safe_open\("\.coop\/exports\//);
    });

    it('predicts image files, as the Explorer names them', async () => {
      const files = ['activities/baseball.jpg', 'activities/basketball.jpg'].map(name =>
        vscode.Uri.file(path.join(images, name)),
      );
      const predictions = await vscode.commands.executeCommand<readonly ImagePrediction[]>(
        'coop.predict',
        files[0],
        files,
        'a photo of a {}.',
      );
      assert.deepEqual(
        predictions.map(each => each.path),
        files.map(({ fsPath }) => fsPath),
      );
      assert.ok(predictions.every(({ classes }) => classes.length === 3 && classes[0]!.probability > 0.1));
    });

    it('writes the chosen model into the document, and Undo takes it back', async () => {
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand('coop.selectModel', './icon-clip');
      assert.match(document.getText(), /^@model \.\/icon-clip$/m);
      await vscode.commands.executeCommand('undo');
      assert.match(document.getText(), /^@model icon-clip$/m);
    });

    it('scans a folder of the Explorer and makes a document of templates for it', async () => {
      const own = path.join(folder, 'own');
      for (const name of ['cat', 'dog']) {
        mkdirSync(path.join(own, name), { recursive: true });
        copyFileSync(path.join(images, 'activities/baseball.jpg'), path.join(own, name, `${name}.jpg`));
      }
      writeFileSync(path.join(own, 'dog', 'broken.jpg'), 'not an image');
      const scan = await vscode.commands.executeCommand<ScanResult>('coop.scan', vscode.Uri.file(own));
      assert.deepEqual(
        [scan.imageCount, scan.problems.length, scan.duplicates[0]?.acrossClasses],
        [2, 1, true],
      );
      const file = await vscode.commands.executeCommand<vscode.Uri>(
        'coop.newPrompts',
        vscode.Uri.file(own),
        null,
      );
      const made = await vscode.workspace.openTextDocument(file);
      assert.match(made.getText(), /^@images \.\/own$/m);
      // The sample's model is never proposed for images of one's own.
      assert.doesNotMatch(made.getText(), /icon-clip/);
      assert.equal(
        vscode.languages.getDiagnostics(made.uri).filter(({ code }) => code === undefined).length,
        0,
      );
    });

    it('proposes names for the classes of a scanned folder, in a file that the document then uses', async () => {
      const birds = path.join(folder, 'birds');
      const pictures = ['baseball', 'basketball', 'bowling'];
      for (const [at, name] of ['001.Sooty_Tern', '002.Laysan_Albatross', '003.Herring_Gull'].entries()) {
        mkdirSync(path.join(birds, name), { recursive: true });
        const picture = path.join(images, `activities/${pictures[at]}.jpg`);
        copyFileSync(picture, path.join(birds, name, 'a.jpg'));
      }
      const scan = await vscode.commands.executeCommand<ScanResult>('coop.scan', vscode.Uri.file(birds));
      assert.deepEqual(
        scan.vagueNames.map(({ probably }) => probably),
        ['Sooty Tern', 'Laysan Albatross', 'Herring Gull'],
      );
      const file = await vscode.commands.executeCommand<vscode.Uri>('coop.nameClasses');
      assert.match(readFileSync(file.fsPath, 'utf8'), /^folder,name\n001\.Sooty_Tern,Sooty Tern\n/);
      const made = vscode.workspace.textDocuments.find(({ fileName }) => fileName.endsWith('birds.prompts'));
      const named = path.basename(file.fsPath);
      assert.match(made!.getText(), new RegExp(`^@images \\./birds\\n@classes \\./${named}$`, 'm'));
      await made!.save();
      // What someone has corrected stays as it is.
      const second = await vscode.commands.executeCommand<vscode.Uri>('coop.nameClasses');
      assert.notEqual(second.fsPath, file.fsPath);
    });

    it('lists images without classes to be labelled, and scans the list', async () => {
      const flat = path.join(folder, 'flat');
      mkdirSync(flat);
      for (const name of ['baseball', 'bowling'])
        copyFileSync(path.join(images, `activities/${name}.jpg`), path.join(flat, `${name}.jpg`));
      const scan = await vscode.commands.executeCommand<ScanResult>('coop.scan', vscode.Uri.file(flat));
      assert.deepEqual([scan.layout, scan.classes], ['flat', []]);
      const file = await vscode.commands.executeCommand<vscode.Uri>(
        'coop.labelImages',
        vscode.Uri.file(flat),
      );
      assert.equal(readFileSync(file.fsPath, 'utf8'), 'file,label\nbaseball.jpg,\nbowling.jpg,\n');
      assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, file.fsPath);
    });

    it('predicts a folder of images without classes, as a list that a document can go on with', async () => {
      const flat = path.join(folder, 'flat');
      const file = await vscode.commands.executeCommand<vscode.Uri>(
        'coop.predictFolder',
        vscode.Uri.file(flat),
        { names: ['sports', 'food'], model: path.join(folder, 'icon-clip') },
      );
      const [head, ...rows] = readFileSync(file.fsPath, 'utf8').trim().split('\n');
      assert.equal(head, 'file,label,probability');
      assert.deepEqual(
        rows.map(row => row.split(',')[0]),
        ['baseball.jpg', 'bowling.jpg'],
      );
      for (const row of rows) assert.match(row, /,(sports|food),0\.\d{4}$/);
      for (const row of rows) assert.ok(Number(row.split(',')[2]) > 0.5);
      const scan = await vscode.commands.executeCommand<ScanResult>('coop.scan', file);
      assert.deepEqual(
        scan.classes.reduce((sum, { count }) => sum + count, 0),
        2,
      );
    });

    it('says beside @images which classes no prompt can tell apart', async () => {
      const twins = path.join(folder, 'twins');
      const pictures = ['baseball', 'basketball', 'bowling'];
      for (const [at, name] of ['red_apple', 'Red Apple', 'pear'].entries()) {
        mkdirSync(path.join(twins, 'images', name), { recursive: true });
        copyFileSync(
          path.join(images, `activities/${pictures[at]}.jpg`),
          path.join(twins, 'images', name, 'a.jpg'),
        );
      }
      const file = path.join(twins, 'twins.prompts');
      writeFileSync(file, '@images ./images\n@model ../icon-clip\na photo of a {}.\n');
      const shown = await vscode.workspace.openTextDocument(file);
      await vscode.window.showTextDocument(shown);
      await until('the warning at @images', () =>
        vscode.languages
          .getDiagnostics(shown.uri)
          .some(
            ({ message, range }) =>
              range.start.line === 0 && /CLIP reads one name, “Red Apple”/.test(message),
          ),
      );
    });

    it('uses the settings of the engine from the next request on', async () => {
      const settings = vscode.workspace.getConfiguration('coop');
      const before = await api.engine.request('engine/hello', {}).then(() => api.engine.pid());
      await settings.update('modelFolder', folder, vscode.ConfigurationTarget.Global);
      try {
        const models = await api.engine.request('engine/models', { folders: [] });
        assert.ok(models.some(model => model.ok && model.folder === path.join(folder, 'icon-clip')));
        assert.notEqual(await api.engine.pid(), before);
      } finally {
        await settings.update('modelFolder', undefined, vscode.ConfigurationTarget.Global);
      }
    });

    it('copies the sample to where it is wanted', async () => {
      const target = vscode.Uri.file(path.join(folder, 'copy'));
      const opened = await vscode.commands.executeCommand<vscode.Uri>('coop.openSample', target);
      assert.equal(opened.fsPath, path.join(target.fsPath, 'demo.prompts'));
      assert.ok(existsSync(path.join(target.fsPath, 'icon-clip')));
    });

    it('sees a run that the command line started beside it, and stops it', async () => {
      const { extensionPath } = vscode.extensions.getExtension('coop-vscode.coop-vscode')!;
      const learning = spawn(
        'node',
        [
          path.join(extensionPath, 'dist/coop.js'),
          'learn',
          'demo.prompts',
          '--epochs',
          '5000',
          '--device',
          'cpu',
        ],
        { cwd: folder, stdio: 'ignore' },
      );
      try {
        const run = await until('the run', () =>
          api.watcher.runs.find(({ status, state }) => status === 'learning' && state.epoch > 0),
        );
        await vscode.commands.executeCommand('coop.stop', { directory: run.directory });
        await until('its end', () =>
          api.watcher.runs.some(
            ({ directory, status }) => directory === run.directory && status === 'stopped',
          ),
        );
      } finally {
        learning.kill('SIGKILL');
      }
    });

    it('deletes a run for good, but not its applied context', async () => {
      const [run] = doneRuns();
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand('coop.deleteRun', { directories: [run!.directory], sure: true });
      assert.ok(!existsSync(run!.directory));
      assert.ok(api.watcher.runs.every(({ directory }) => directory !== run!.directory));
    });
  });
}
