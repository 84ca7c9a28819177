import assert from 'node:assert/strict';
import { cpSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../../src/extension/extension';
import { hints, labels } from './hints';
import { until } from './until';

const HEAD = '@images ./images/groups\n@model icon-clip\n';

/** What a user sees when something is wrong or unusual: each names the thing and the next step, and nothing stays broken. */
export function faults(): void {
  describe('when something is wrong', () => {
    let api: Api;
    let folder: string;

    before(async () => {
      api = await vscode.extensions.getExtension<Api>('coop-vscode.coop-vscode')!.activate();
      folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
    });

    const open = async (name: string, text: string) => {
      const file = path.join(folder, name);
      writeFileSync(file, text);
      const document = await vscode.workspace.openTextDocument(file);
      await vscode.window.showTextDocument(document);
      return document;
    };
    const replaceAll = async (document: vscode.TextDocument, from: string, to: string) => {
      const edit = new vscode.WorkspaceEdit();
      const start = document.getText().indexOf(from);
      edit.replace(
        document.uri,
        new vscode.Range(document.positionAt(start), document.positionAt(start + from.length)),
        to,
      );
      await vscode.workspace.applyEdit(edit);
    };
    const problemOn = (document: vscode.TextDocument, line: number) =>
      until(`a problem on line ${line + 1}`, () =>
        vscode.languages
          .getDiagnostics(document.uri)
          .find(({ range, source }) => range.start.line === line && source === 'CoOp'),
      );

    it('names a missing model on its directive, and scores once it is mended', async () => {
      const document = await open('model.prompts', '@images ./images/groups\n@model no-such-model\na {}.\n');
      const { message } = await problemOn(document, 1);
      assert.match(message, /no-such-model/);
      assert.match((await labels(document)).get('a {}.')!, /^!/);
      const tooltip = (await hints(document)).get('a {}.')!.tooltip as vscode.MarkdownString;
      assert.match(tooltip.value.replaceAll('\\', ''), /no-such-model/);
      await replaceAll(document, 'no-such-model', 'icon-clip');
      await until('a score', async () => /^\d/.test((await labels(document)).get('a {}.') ?? ''));
      assert.deepEqual(vscode.languages.getDiagnostics(document.uri), []);
    });

    it('names an image folder without classes on its directive', async () => {
      const document = await open('images.prompts', '@images ./nowhere\n@model icon-clip\na {}.\n');
      assert.match((await problemOn(document, 0)).message, /nowhere/);
    });

    it('scores ensembles and published sets at their heads', async () => {
      const document = await open(
        'ensemble.prompts',
        `${HEAD}a photo of a {}.\n@use pets\n@ensemble two (\n  an icon of a {}.\n  a {} emoji.\n)\n`,
      );
      const shown = await until('three scores', async () => {
        const found = await labels(document);
        return [...found.values()].filter(label => /^\d/.test(label)).length === 3 ? found : null;
      });
      assert.deepEqual([...shown.keys()].sort(), ['@ensemble two (', '@use pets', 'a photo of a {}.']);
    });

    it('completes directives and slots, and leaves comments alone', async () => {
      const document = await open('complete.prompts', `${HEAD}@ba\na photo of a [\n# a [\n`);
      const complete = async (line: number) => {
        const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
          'vscode.executeCompletionItemProvider',
          document.uri,
          document.lineAt(line).range.end,
        );
        return items
          .map(({ label }) => (typeof label === 'string' ? label : label.label))
          .filter(label => /^[@[{]/.test(label));
      };
      assert.ok((await complete(2)).includes('@baseline'));
      assert.ok((await complete(3)).includes('[V:16 per-class]'));
      assert.deepEqual(await complete(4), []);
    });

    it('offers to learn in place of a plain template', async () => {
      const document = await open('bulb.prompts', `${HEAD}a photo of a {}.\n`);
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        document.uri,
        document.lineAt(2).range,
      );
      const action = actions.find(({ command }) => command?.command === 'coop.learn');
      assert.deepEqual(action?.command?.arguments, ['a photo of a {}.']);
    });

    it('says what coop.nodePath names wrongly, and starts once the setting is mended', async () => {
      const settings = vscode.workspace.getConfiguration('coop');
      await settings.update('nodePath', '/nowhere/node', vscode.ConfigurationTarget.Global);
      await api.engine.stop();
      await assert.rejects(api.engine.request('engine/hello', {}), {
        code: 'engine.runtime',
        message: /nowhere/,
      });
      await settings.update('nodePath', undefined, vscode.ConfigurationTarget.Global);
      assert.match((await api.engine.request('engine/hello', {})).version, /^\d/);
    });

    it('scores two hundred templates', async () => {
      const lines = Array.from({ length: 200 }, (_, at) => `a photo of a {}, number ${at}.`);
      const document = await open('many.prompts', `${HEAD}${lines.join('\n')}\n`);
      await until('200 scores', async () => {
        const shown = await labels(document);
        return lines.every(line => /^\d/.test(shown.get(line) ?? ''));
      });
      assert.deepEqual(vscode.languages.getDiagnostics(document.uri), []);
    });

    it('says that the image folder was deleted meanwhile, and scores once it is back', async () => {
      const images = path.join(folder, 'passing');
      cpSync(path.join(folder, 'images/groups'), images, { recursive: true });
      const document = await open('passing.prompts', '@images ./passing\n@model icon-clip\na {}.\n');
      await until('a score', async () => /^\d/.test((await labels(document)).get('a {}.') ?? ''));
      rmSync(images, { recursive: true });
      await replaceAll(document, 'a {}.', 'the {}.');
      assert.match((await problemOn(document, 0)).message, /passing/);
      cpSync(path.join(folder, 'images/groups'), images, { recursive: true });
      await replaceAll(document, 'the {}.', 'one {}.');
      await until('a score', async () => /^\d/.test((await labels(document)).get('one {}.') ?? ''));
      assert.deepEqual(vscode.languages.getDiagnostics(document.uri), []);
    });

    it('scores again by itself once images moved to another class, and once a folder is back', async () => {
      const images = path.join(folder, 'moving');
      cpSync(path.join(folder, 'images/groups'), images, { recursive: true });
      const document = await open('moving.prompts', '@images ./moving\n@model icon-clip\na {}.\nthe {}.\n');
      const stateOf = (line: string) => {
        const state = api.scores.stateOf(document.uri, line);
        return state?.kind === 'scored' && !state.stale && state.score.result.ok ? state.score : null;
      };
      const before = await until('a score', () => stateOf('a {}.') && stateOf('the {}.'));
      const [from, to] = ['activities', 'objects'].map(name => path.join(images, name));
      for (const name of readdirSync(from!).slice(0, 60))
        renameSync(path.join(from!, name), path.join(to!, name));
      const after = await until('scores of the images as they are now', () => {
        const [one, other] = [stateOf('a {}.'), stateOf('the {}.')];
        if (one === null || other === null || one.fingerprint === before.fingerprint) return null;
        return one.fingerprint === other.fingerprint ? one : null;
      });
      assert.notEqual(after.fingerprint, before.fingerprint);
      rmSync(images, { recursive: true });
      await until('the missing folder', () => api.scores.problemOf(document.uri));
      cpSync(path.join(folder, 'images/groups'), images, { recursive: true });
      await until('a score', () => stateOf('a {}.')?.fingerprint === before.fingerprint);
      assert.deepEqual(vscode.languages.getDiagnostics(document.uri), []);
    });

    it('scores again by itself once class names changed, and once the model it names is there', async () => {
      const names = ['activities', 'objects', 'symbols'];
      const list = path.join(folder, 'renamed.csv');
      const write = (last: string) =>
        writeFileSync(list, `folder,name\n${names.map(name => `${name},${name}`).join('\n')} ${last}\n`);
      write('one');
      for (const name of names)
        cpSync(path.join(folder, 'images/groups', name), path.join(folder, 'renamed', name), {
          recursive: true,
        });
      const text = '@images ./renamed\n@classes ./renamed.csv\n@model ./later-clip\na {}.\n';
      const document = await open('renamed.prompts', text);
      const fingerprint = () => {
        const state = api.scores.stateOf(document.uri, 'a {}.');
        return state?.kind === 'scored' && !state.stale && state.score.result.ok
          ? state.score.fingerprint
          : null;
      };
      await until('the missing model', () => api.scores.problemOf(document.uri)?.code === 'model.missing');
      cpSync(path.join(folder, 'icon-clip'), path.join(folder, 'later-clip'), { recursive: true });
      const first = await until('a score of the model that came', fingerprint);
      write('two');
      await until('a score of the names as they are now', () => ![null, first].includes(fingerprint()));
      assert.deepEqual(vscode.languages.getDiagnostics(document.uri), []);
    });

    it('goes on scoring when the document is saved meanwhile, tells how far it is, and stops when told to', async () => {
      const images = path.join(folder, 'saved');
      cpSync(path.join(folder, 'images/groups'), images, { recursive: true });
      let requests = 0;
      const { request } = api.engine;
      api.engine.request = ((...given: Parameters<typeof request>) => {
        if (given[0] === 'project/score') requests += 1;
        return request.apply(api.engine, given);
      }) as typeof request;
      try {
        const lines = Array.from({ length: 60 }, (_, at) => `a saved photo of a {}, number ${at}.`);
        const document = await open(
          'saved.prompts',
          `@images ./saved\n@model icon-clip\n${lines.join('\n')}\n`,
        );
        const told = await until('progress', () => api.scores.progressOf(document.uri));
        assert.match(told, /^[\d,]+ \/ [\d,]+ \w+/);
        const before = requests;
        api.scores.schedule(document, { delay: 0 });
        await new Promise(resolve => setTimeout(resolve, 50));
        assert.equal(requests, before);
        await vscode.commands.executeCommand('coop.cancelScoring');
        assert.equal(api.scores.progressOf(document.uri), undefined);
        api.scores.schedule(document, { delay: 0 });
        await until('all scores', async () => {
          const shown = await labels(document);
          return lines.every(line => /^\d/.test(shown.get(line) ?? ''));
        });
      } finally {
        api.engine.request = request;
      }
    });

    it('scores although the engine was killed under the request', async () => {
      const document = await open('killed.prompts', `${HEAD}an old photo of a {}.\n`);
      await until('a score', async () =>
        /^\d/.test((await labels(document)).get('an old photo of a {}.') ?? ''),
      );
      const pid = (await api.engine.pid())!;
      let killed = false;
      const listener = api.scores.onChange(uri => {
        if (killed || api.scores.stateOf(uri, 'a new photo of a {}.')?.kind !== 'pending') return;
        killed = process.kill(pid, 'SIGKILL');
      });
      await replaceAll(document, 'an old photo', 'a new photo');
      await until('the kill', () => killed);
      listener.dispose();
      await until('a score', async () =>
        /^\d/.test((await labels(document)).get('a new photo of a {}.') ?? ''),
      );
    });
  });
}
