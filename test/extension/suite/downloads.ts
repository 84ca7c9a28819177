import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../../src/extension/extension';
import type { PulledModel } from '../../../src/shared/contracts/protocol';
import { HubServer } from '../../support/hub-server';
import { labels } from './hints';
import { until } from './until';

const ID = 'acme/icon-clip';

/** A model of the hub that a document names: offered, downloaded when asked for, and used. */
export function downloads(): void {
  describe('a model that is not here', () => {
    const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
    const names = ['HF_ENDPOINT', 'HF_HUB_CACHE', 'HF_TOKEN'] as const;
    const earlier = Object.fromEntries(names.map(name => [name, process.env[name]]));
    let api: Api;
    let server: HubServer;
    let cache: string;

    beforeEach(async () => {
      api = await vscode.extensions.getExtension<Api>('coop-vscode.coop-vscode')!.activate();
      server = await new HubServer().start();
      server.serveFolder(ID, path.join(folder, 'icon-clip'));
      cache = mkdtempSync(path.join(os.tmpdir(), 'coop-hub-'));
      Object.assign(process.env, { HF_ENDPOINT: server.endpoint, HF_HUB_CACHE: cache });
      // The next request starts an engine that knows.
      await api.engine.stop();
    });
    afterEach(async () => {
      for (const name of names)
        if (earlier[name] === undefined) delete process.env[name];
        else process.env[name] = earlier[name];
      await api.engine.stop();
      await server.stop();
      rmSync(cache, { recursive: true, force: true });
    });

    it('is offered on its directive, downloaded by that button alone, and scores then', async () => {
      const file = path.join(folder, 'hub.prompts');
      writeFileSync(file, `@images ./images/groups\n@model ${ID}\na {}.\n`);
      const document = await vscode.workspace.openTextDocument(file);
      await vscode.window.showTextDocument(document);
      const problem = await until('a problem on @model', () =>
        vscode.languages.getDiagnostics(document.uri).find(({ code }) => code === 'model.missing'),
      );
      assert.match(problem.message, /coop models pull acme\/icon-clip/);
      const actions = await vscode.commands.executeCommand<readonly vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        document.uri,
        problem.range,
      );
      const titles = actions.map(({ title }) => title);
      assert.deepEqual(
        titles.filter(title => /Download|Select a model/.test(title)),
        [`Download ${ID}`, 'Select a model …'],
      );
      assert.deepEqual(server.asked, []);
      const { command } = actions.find(({ title }) => title.startsWith('Download'))!;
      const pulled = await vscode.commands.executeCommand<PulledModel>(
        command!.command,
        ...(command!.arguments as unknown[]),
      );
      assert.equal(pulled.id, ID);
      assert.ok(existsSync(path.join(pulled.folder, 'open_clip_model.safetensors')));
      await until('a score', async () => /^\d/.test((await labels(document)).get('a {}.') ?? ''));
      assert.deepEqual(vscode.languages.getDiagnostics(document.uri), []);
      const models = await api.engine.request('engine/models', { folders: [] });
      assert.ok(models.some(({ name, ok }) => name === ID && ok));
    });

    it('keeps what came of a download that is cancelled', async () => {
      server.hold(3_000_000);
      const cancel = new vscode.CancellationTokenSource();
      const shown: number[] = [];
      const listener = api.engine.onNotification(({ name, params }) => {
        if (name === 'engine/progress' && params.job === 'one' && params.unit === 'MB')
          shown.push(params.done);
      });
      const request = api.engine.request('model/pull', { id: ID, job: 'one' }, cancel.token);
      await server.isHeld();
      cancel.cancel();
      await assert.rejects(request, { code: 'cancelled' });
      server.release();
      listener.dispose();
      assert.ok(shown.some(done => done > 0));
      const pulled = await api.engine.request('model/pull', { id: ID, job: 'two' });
      assert.ok(pulled.downloaded < pulled.bytes, JSON.stringify(pulled));
    });

    it('goes on where an engine shall end once it is idle', async () => {
      server.hold(3_000_000);
      const request = api.engine.request('model/pull', { id: ID, job: 'outdated' });
      await server.isHeld();
      const pid = await api.engine.pid();
      await api.engine.stopWhenIdle();
      assert.equal(await api.engine.pid(), pid);
      server.release();
      assert.equal((await request).id, ID);
      await until('its end', async () => (await api.engine.pid()) !== pid);
    });

    it('is no matter of the hub where the name is OpenAI’s or begins with a folder beside the document', async () => {
      const offers = async (model: string) => {
        const file = path.join(folder, `no-hub-${model.replace('/', '-')}.prompts`);
        writeFileSync(file, `@images ./images/groups\n@model ${model}\na {}.\n`);
        const document = await vscode.workspace.openTextDocument(file);
        await vscode.window.showTextDocument(document);
        const problem = await until('a problem on @model', () =>
          vscode.languages
            .getDiagnostics(document.uri)
            .find(({ code, message }) => code === 'model.missing' && message.includes(`“${model}”`)),
        );
        const actions = await vscode.commands.executeCommand<readonly vscode.CodeAction[]>(
          'vscode.executeCodeActionProvider',
          document.uri,
          problem.range,
        );
        rmSync(file);
        return actions.map(({ title }) => title).filter(title => title.startsWith('Download'));
      };
      assert.deepEqual(await offers('acme/nowhere'), ['Download acme/nowhere']);
      for (const model of ['ViT-B/16', 'images/vit']) assert.deepEqual(await offers(model), [], model);
    });

    it('runs no download for what is no name of the hub', async () => {
      for (const id of ['../evil', 'a b/c', 7, undefined])
        assert.equal(await vscode.commands.executeCommand('coop.pullModel', id), undefined);
      assert.deepEqual(server.asked, []);
    });
  });
}
