import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../../src/extension/extension';
import { stopExperiment } from '../../../src/files/experiments/experiment-launcher';
import { readExperimentProgress } from '../../../src/files/experiments/experiment-state';
import { readExperimentResults } from '../../../src/files/experiments/read-results';
import { until } from './until';

/** A small grid on the sample: planned, started, stopped and ended, beside the panel that shows it. */
export function experiments(): void {
  describe('experiments', () => {
    const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
    const write = (name: string, epochs: number) => {
      const file = path.join(folder, `${name}.experiment.json`);
      const experiment = {
        title: name,
        documents: ['small.prompts'],
        prompts: ['[V:4] {}.'],
        methods: [],
        shots: [1],
        seeds: [1],
        recipe: { name: 'cached', epochs },
      };
      writeFileSync(file, JSON.stringify(experiment));
      return vscode.Uri.file(file);
    };
    const tabs = () => vscode.window.tabGroups.all.flatMap(group => group.tabs);
    const panel = (name: string) =>
      tabs().find(
        ({ input, label }) => input instanceof vscode.TabInputWebview && label === `Experiment ${name}`,
      );
    let api: Api;

    before(async () => {
      api = await vscode.extensions.getExtension<Api>('coop-vscode.coop-vscode')!.activate();
      const text = '@images ./images/groups\n@model ./icon-clip\na photo of a {}.\n';
      writeFileSync(path.join(folder, 'small.prompts'), text);
    });

    it('the first row of the plan starts the file in the editor, and its table is there at the end', async () => {
      await vscode.window.showTextDocument(write('grid', 3));
      const going = vscode.commands.executeCommand<string>('coop.runExperiment');
      let out: string | undefined;
      void going.then(answer => (out = answer));
      await until('the start', async () => {
        await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
        return out;
      });
      assert.equal(out, path.join(folder, 'grid.results'));
      await until('its panel', () => panel('grid'));
      await until('its end', async () => (await readExperimentProgress(out!)).status === 'done');
      const { state, table } = await readExperimentResults(out!);
      assert.deepEqual([state!.done, state!.total], [2, 2]);
      assert.deepEqual(
        table!.rows.map(({ labels }) => labels),
        [
          ['zero-shot', '–'],
          ['[V:4] {}.', '1 shot'],
        ],
      );
      assert.ok(existsSync(path.join(out!, 'index.html')));
      assert.match(readFileSync(path.join(out!, 'results.csv'), 'utf8'), /zero-shot/);
    });

    it('are run from the head of their file, which says how far they are', async () => {
      const lenses = async (file: vscode.Uri) => {
        await vscode.workspace.openTextDocument(file);
        return vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', file);
      };
      const titles = async (name: string) =>
        (await lenses(vscode.Uri.file(path.join(folder, name)))).map(({ command }) => command?.title);
      await until('the end of the one that ran', async () => {
        const [title] = await titles('grid.experiment.json');
        return title === '$(play) Run Experiment · 2 of 2 cells measured';
      });
      const [head] = await lenses(write('fresh', 3));
      assert.equal(head!.command!.title, '$(play) Run Experiment');
      assert.equal(head!.range.start.line, 0);
      assert.equal(head!.command!.command, 'coop.runExperiment');
      assert.equal(
        (head!.command!.arguments![0] as vscode.Uri).fsPath,
        path.join(folder, 'fresh.experiment.json'),
      );
    });

    it('goes on where it was stopped, in one panel', async () => {
      const file = write('long', 2000);
      const out = await vscode.commands.executeCommand<string>('coop.runExperiment', file, true);
      await until('the first cell', async () => ((await readExperimentProgress(out)).state?.done ?? 0) > 0);
      // While it goes on the command shows it and starts nothing.
      assert.equal(await vscode.commands.executeCommand('coop.runExperiment', file), out);
      await stopExperiment(out);
      await until('its stop', async () => (await readExperimentProgress(out)).status === 'stopped');
      assert.equal((await readExperimentProgress(out)).state!.done, 1);
      await until('its panel', () => panel('long'));
    });

    it('opens no report of its runs', async () => {
      const run = await until('its run in the list', () =>
        api.watcher.runs.find(({ inputs, status }) => inputs.experiment === 'grid' && status === 'done'),
      );
      // One that began later is listed too, so that the end of the first was told, if at all.
      await until('the other run', () => api.watcher.runs.find(({ inputs }) => inputs.experiment === 'long'));
      assert.equal(
        tabs().some(({ label }) => label === `Report ${run.inputs.name}`),
        false,
      );
    });

    describe('that come ready', () => {
      const data = path.join(folder, 'paper-data');
      const copy = path.join(folder, 'base-to-new.experiment.json');
      const { showOpenDialog } = vscode.window;
      let asked = 0;
      let answer: (folders: vscode.Uri[] | undefined) => void;
      const leave = () => vscode.commands.executeCommand('workbench.action.closeQuickOpen');

      before(() => {
        // The system's own dialog, which no test can press.
        vscode.window.showOpenDialog = () => {
          asked += 1;
          return new Promise(resolve => {
            answer = resolve;
          });
        };
      });
      after(() => {
        vscode.window.showOpenDialog = showOpenDialog;
        rmSync(copy, { force: true });
      });
      /** Runs the command with nothing open, and takes the first row, until something else happens. */
      const chooseFirst = async (what: string, happened: (ended: boolean) => boolean) => {
        await vscode.commands.executeCommand('workbench.action.closeAllEditors');
        let ended = false;
        const going = Promise.resolve(vscode.commands.executeCommand('coop.runExperiment')).finally(() => {
          ended = true;
        });
        await until(what, async () => {
          if (!happened(ended))
            await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
          return happened(ended);
        });
        return { going, ended: () => ended };
      };

      it('are not copied where no folder is chosen for the data sets', async () => {
        const { going } = await chooseFirst('the folder’s dialog', () => asked === 1);
        answer(undefined);
        assert.equal(await going, undefined);
        assert.equal(existsSync(copy), false);
      });

      it('are copied into the folder that is open, with the place of the data sets', async () => {
        const { going, ended } = await chooseFirst('the folder’s dialog', () => asked === 2);
        answer([vscode.Uri.file(data)]);
        await until('its end, without a start', async () => {
          await leave();
          return ended();
        });
        assert.equal(await going, undefined);
        const shipped = vscode.Uri.joinPath(
          vscode.extensions.getExtension('coop-vscode.coop-vscode')!.extensionUri,
          'media/experiments/base-to-new.experiment.json',
        );
        const { $schema, ...experiment } = JSON.parse(readFileSync(shipped.fsPath, 'utf8'));
        assert.equal(typeof $schema, 'string');
        assert.deepEqual(JSON.parse(readFileSync(copy, 'utf8')), { ...experiment, root: data });
        assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, copy);
        assert.equal(existsSync(path.join(folder, 'base-to-new.results')), false);
      });

      it('stay as they are where they were changed since', async () => {
        const own = '{"title": "mine"}';
        writeFileSync(copy, own);
        // Its plan is refused, so that it ends by itself.
        const { going } = await chooseFirst('its end', ended => ended);
        assert.equal(await going, undefined);
        assert.equal(asked, 2);
        assert.equal(readFileSync(copy, 'utf8'), own);
        assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, copy);
      });
    });

    it('refuses what is no experiment', async () => {
      const file = vscode.Uri.file(path.join(folder, 'small.prompts'));
      assert.equal(await vscode.commands.executeCommand('coop.runExperiment', file, true), undefined);
      const broken = vscode.Uri.file(path.join(folder, 'broken.experiment.json'));
      writeFileSync(broken.fsPath, '{"title": "x"}');
      assert.equal(await vscode.commands.executeCommand('coop.runExperiment', broken, true), undefined);
      assert.equal(panel('broken'), undefined);
    });
  });
}
