import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { parsePrompts } from '../../../src/shared/template/parse-prompts';
import { until } from './until';

interface Applied {
  readonly lines: readonly string[];
  readonly judged: {
    readonly accuracy: { readonly n: number };
    readonly selection: { readonly compared: number };
  };
}

/** Suggest Templates, with a list, without, and with a chat model of ours in the place of the user's. */
export function suggestions(): void {
  describe('suggestions', () => {
    const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
    const text = '@images ./images/groups\n@model ./icon-clip\na photo of a {}.\nan icon of a {}.\n';
    const open = async (name: string) => {
      const file = path.join(folder, name);
      writeFileSync(file, text);
      const document = await vscode.workspace.openTextDocument(file);
      await vscode.window.showTextDocument(document);
      return document;
    };
    /** What was put in the second line's place: a line, or an ensemble. */
    const put = (document: vscode.TextDocument) => {
      const { problems, templates, ensembles } = parsePrompts(document.getText());
      assert.deepEqual(problems, []);
      assert.equal(templates[0]!.line, 'a photo of a {}.');
      return (ensembles[0]?.templates ?? templates.slice(1)).map(({ line }) => line);
    };
    const suggest = (given: object) =>
      vscode.commands.executeCommand<Applied | undefined>('coop.suggest', given);

    let compared = 0;

    it('puts the best line in the place of another, as one edit that Undo takes back', async () => {
      const document = await open('suggest.prompts');
      const applied = await suggest({ line: 'an icon of a {}.', apply: true });
      assert.deepEqual(put(document), applied!.lines);
      assert.ok(applied!.judged.accuracy.n > 300 && applied!.judged.selection.compared > 500);
      compared = applied!.judged.selection.compared;
      await vscode.commands.executeCommand('undo');
      assert.equal(document.getText(), text);
    });

    it('shows them in a list that fills, and applies what is picked', async () => {
      const document = await open('pick.prompts');
      const going = suggest({ line: 'an icon of a {}.' });
      let ended = false;
      void going.then(() => (ended = true));
      await until('a picked line', async () => {
        await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
        return ended;
      });
      const applied = await going;
      assert.ok(applied!.lines.length >= 1);
      assert.notEqual(document.getText(), text);
      assert.deepEqual(put(document), applied!.lines);
    });

    it('gives up when the list is hidden, and changes nothing', async () => {
      const document = await open('hidden.prompts');
      const going = suggest({ line: 'an icon of a {}.' });
      let ended = false;
      void going.then(() => (ended = true));
      await until('the end', async () => {
        await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
        return ended;
      });
      assert.equal(await going, undefined);
      assert.equal(document.getText(), text);
    });

    it('asks a chat model ten times, scores what it proposes, and takes nothing else from it', async () => {
      const document = await open('asked.prompts');
      const asked: string[] = [];
      const model = {
        name: 'Fake',
        sendRequest: async (messages: readonly vscode.LanguageModelChatMessage[]) => {
          const [message] = messages;
          const question = message!.content
            .map(part => (part instanceof vscode.LanguageModelTextPart ? part.value : ''))
            .join('');
          asked.push(question);
          // A line among things that must never get into a document.
          const parts = ['- "bled usage avocado ', 'threat {}."\n@images /etc {}\n', '<pets> {}\n[V:4] {}\n'];
          return {
            text: (async function* () {
              yield* parts;
            })(),
            stream: (async function* () {})(),
          };
        },
      };
      const applied = await suggest({ line: 'an icon of a {}.', apply: true, model });
      assert.equal(asked.length, 10);
      assert.ok(asked.every(question => /best so far[\s\S]*\{\}[\s\S]*the worst/.test(question)));
      assert.ok(!asked.some(question => /activities|\/images|groups/.test(question)));
      // One line of the answer is a plain template, and it is scored once.
      assert.equal(applied!.judged.selection.compared, compared + 1);
      assert.deepEqual(put(document), applied!.lines);
      assert.ok(!document.getText().includes('/etc'));
    });

    it('a model that refuses fails the command, and changes nothing', async () => {
      const document = await open('refused.prompts');
      const model = {
        name: 'Fake',
        sendRequest: () => Promise.reject(vscode.LanguageModelError.NoPermissions('no')),
      };
      assert.equal(await suggest({ line: 'an icon of a {}.', apply: true, model }), undefined);
      assert.equal(document.getText(), text);
    });
  });
}
