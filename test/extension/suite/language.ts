import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { labels } from './hints';
import { until } from './until';

/** A learned context whose slots hold one vector of one number each: length, header, numbers. */
function contextFile(template = '[V:4] {}.', slots = 1): Uint8Array {
  const slot = (at: number) => ({ dtype: 'F32', shape: [1, 1], data_offsets: [4 * at, 4 * at + 4] });
  const header = JSON.stringify({
    __metadata__: { format: '1', template, model: 'icon-clip', dev_accuracy: '0.5' },
    ...Object.fromEntries(Array.from({ length: slots }, (_, at) => [`slot.${at + 1}`, slot(at)])),
  });
  const bytes = Buffer.alloc(8 + header.length + 4 * slots);
  bytes.writeBigUInt64LE(BigInt(header.length));
  bytes.write(header, 8);
  return bytes;
}

/** What VS Code asks of a language, on documents of their own folder. */
export function language(): void {
  describe('the language', () => {
    const folder = path.join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, 'language');
    const contexts = path.join(folder, '.coop', 'contexts');
    mkdirSync(contexts, { recursive: true });
    const open = async (name: string, text: string) => {
      writeFileSync(path.join(folder, name), text);
      return vscode.workspace.openTextDocument(path.join(folder, name));
    };
    const completions = async (document: vscode.TextDocument, position: vscode.Position) => {
      const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        document.uri,
        position,
      );
      return items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    };

    it('completes directives, their values, slots, columns and learned contexts', async () => {
      writeFileSync(path.join(folder, 'names.csv'), 'folder,name,group\n');
      writeFileSync(path.join(contexts, 'pets-16shot.safetensors'), contextFile());
      const document = await open('complete.prompts', '@\n@classes ./names.csv\n@use \na {\n<\n@classes \n');
      assert.ok((await completions(document, new vscode.Position(0, 1))).includes('@images'));
      assert.ok((await completions(document, new vscode.Position(2, 5))).includes('flowers'));
      assert.ok((await completions(document, new vscode.Position(3, 3))).includes('{group}'));
      assert.ok((await completions(document, new vscode.Position(3, 3))).includes('[V:16]'));
      assert.ok((await completions(document, new vscode.Position(4, 1))).includes('<pets-16shot>'));
      assert.ok((await completions(document, new vscode.Position(5, 9))).includes('./names.csv'));
    });

    it('scores @descriptors and @waffle like templates, and completes the file they name', async () => {
      const classes = readdirSync(path.join(folder, '../images/groups'));
      const descriptors = (of: (name: string) => string) =>
        JSON.stringify(Object.fromEntries(classes.map(name => [name, [of(name), 'a small picture']])));
      writeFileSync(
        path.join(folder, 'words.json'),
        descriptors(name => `an icon of ${name}`),
      );
      const lines = ['@descriptors words.json', '@waffle words.json seed 2'];
      const document = await open(
        'described.prompts',
        ['@images ../images/groups', '@model icon-clip', 'a photo of a {}.', ...lines, '@descriptors '].join(
          '\n',
        ),
      );
      await vscode.window.showTextDocument(document);
      assert.ok((await completions(document, new vscode.Position(5, 13))).includes('./words.json'));
      const shown = await until('the hints', async () => {
        const found = await labels(document);
        return lines.every(line => /\d%/.test(found.get(line) ?? '')) ? found : null;
      });
      const [hover] = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        document.uri,
        new vscode.Position(3, 2),
      );
      const said = hover!.contents.map(content => (content as vscode.MarkdownString).value).join('\n');
      assert.match(said, /JSON file/);
      assert.match(said, /of 171/);
      // The file is a part of what is scored.
      writeFileSync(
        path.join(folder, 'words.json'),
        descriptors(() => 'nothing at all'),
      );
      await until('another hint', async () => {
        const now = (await labels(document)).get(lines[0]!);
        return now !== undefined && /\d%/.test(now) && now !== shown.get(lines[0]!);
      });
    });

    it('mends every problem of a document, one fix after the other', async () => {
      const text = [
        '@split 4 of each',
        '@preprocess x',
        '@imagse ./a',
        '@imagse ./a',
        '@nonsense',
        '@use petz',
        'a photo.',
        'a {}.',
        'a {}.',
        '@model m',
        ')',
        '@ensemble (',
        'b {}.',
        '[V:2] {}',
        '@ensemble two (',
        ')',
        '@baseline c {}.',
        '@baseline',
        '@ensemble two (',
        'd {}.',
      ].join('\n');
      const document = await open('wrong.prompts', text);
      for (let left = 60; left > 0; left--) {
        const [problem] = vscode.languages.getDiagnostics(document.uri);
        if (problem === undefined) break;
        const found = await vscode.commands.executeCommand<vscode.CodeAction[]>(
          'vscode.executeCodeActionProvider',
          document.uri,
          problem.range,
          vscode.CodeActionKind.QuickFix.value,
        );
        assert.ok(found[0]?.edit, `no fix for ${problem.message}`);
        await vscode.workspace.applyEdit(found[0].edit);
      }
      assert.deepEqual(vscode.languages.getDiagnostics(document.uri), []);
      assert.match(document.getText(), /@split shots 4 seed 1/);
      assert.match(document.getText(), /@use pets\n/);
    });

    it('mends what keeps a document from being scored', async () => {
      const head = '@images ../images/groups\n@model icon-clip\n';
      const actions = (document: vscode.TextDocument, line: number) =>
        until('a fix', async () => {
          const found = await vscode.commands.executeCommand<vscode.CodeAction[]>(
            'vscode.executeCodeActionProvider',
            document.uri,
            document.lineAt(line).range,
            vscode.CodeActionKind.QuickFix.value,
          );
          return found[0];
        });
      const classes = await open('classes.prompts', `${head}@classes ./missing.csv\na {}.\n`);
      await vscode.workspace.applyEdit((await actions(classes, 2)).edit!);
      assert.equal(classes.lineAt(2).text, '@classes auto');
      const images = await open('images.prompts', '@images ./nowhere\n@model icon-clip\na {}.\n');
      const { command } = await actions(images, 0);
      const groups = vscode.Uri.file(path.join(folder, '..', 'images', 'groups'));
      await vscode.commands.executeCommand(command!.command, ...command!.arguments!, groups);
      assert.equal(images.lineAt(0).text, '@images ../images/groups');
      await until('no problem', () => vscode.languages.getDiagnostics(images.uri).length === 0);
    });

    it('marks lines that cannot be scored, with fixes: too long, no such column, no such context', async () => {
      writeFileSync(path.join(contexts, 'two.safetensors'), contextFile('[V:2] {} [V:2].', 2));
      const head = '@images ../images/groups\n@model icon-clip\n@classes ./groups.csv\n';
      const names = readdirSync(path.join(folder, '..', 'images', 'groups'));
      writeFileSync(
        path.join(folder, 'groups.csv'),
        `folder,name,kind\n${names.map(name => `${name},${name},thing`).join('\n')}\n`,
      );
      const long = `${'a very '.repeat(40)}long photo of a {}.`;
      const text = `${head}a {}.\n${long}\na {} of {knd}.\n<tow> {}.\n`;
      const document = await open('lines.prompts', text);
      const problems = await until('three problems', () => {
        const found = vscode.languages.getDiagnostics(document.uri);
        return found.length === 3 ? found : null;
      });
      assert.deepEqual(
        problems.map(({ range, code }) => [range.start.line, code]),
        [
          [4, 'template.tooLong'],
          [5, 'template.column'],
          [6, 'context.missing'],
        ],
      );
      const apply = async (line: number, title: string) => {
        const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
          'vscode.executeCodeActionProvider',
          document.uri,
          document.lineAt(line).range,
          vscode.CodeActionKind.QuickFix.value,
        );
        const action = actions.find(each => each.title === title);
        assert.ok(action, `${title} is not among ${actions.map(each => each.title).join(', ')}`);
        await vscode.workspace.applyEdit(action.edit!);
      };
      await apply(4, 'Make the line a comment');
      await apply(5, 'Replace by {kind}');
      assert.ok(document.lineAt(4).text.startsWith('# a very'));
      await until('one problem', () => vscode.languages.getDiagnostics(document.uri).length === 1);
      const offered = await completions(document, new vscode.Position(6, 1));
      assert.ok(offered.includes('<two.1> {} <two.2>.'), offered.join());
    });

    it('takes a rename back with one Undo', async () => {
      writeFileSync(path.join(contexts, 'first.safetensors'), contextFile());
      const document = await open('undo.prompts', '<first> {}.\n');
      await vscode.window.showTextDocument(document);
      const edit = await vscode.commands.executeCommand<vscode.WorkspaceEdit>(
        'vscode.executeDocumentRenameProvider',
        document.uri,
        new vscode.Position(0, 2),
        'second',
      );
      await vscode.workspace.applyEdit(edit);
      await until('the renamed file', () => existsSync(path.join(contexts, 'second.safetensors')));
      await vscode.commands.executeCommand('undo');
      await until('the old file', () => existsSync(path.join(contexts, 'first.safetensors')));
      assert.equal(document.getText(), '<first> {}.\n');
    });

    it('has an outline, folds, colours and formats', async () => {
      const document = await open(
        'structure.prompts',
        '# one\n# two\n@classes   auto\na {label}.  \n@ensemble x (\nb {}.\n)\n',
      );
      const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
        'vscode.executeDocumentSymbolProvider',
        document.uri,
      );
      assert.deepEqual(
        symbols.map(({ name, detail }) => [name, detail]),
        [
          ['@classes', 'auto'],
          ['a {label}.', 'baseline'],
          ['x', '1 template'],
        ],
      );
      const folds = await vscode.commands.executeCommand<vscode.FoldingRange[]>(
        'vscode.executeFoldingRangeProvider',
        document.uri,
      );
      assert.deepEqual(folds.map(({ start, end }) => [start, end]).sort(), [
        [0, 1],
        [4, 6],
      ]);
      const { data } = await vscode.commands.executeCommand<vscode.SemanticTokens>(
        'vscode.provideDocumentSemanticTokens',
        document.uri,
      );
      assert.equal(data.length / 5, 4);
      const edits = await vscode.commands.executeCommand<vscode.TextEdit[]>(
        'vscode.executeFormatDocumentProvider',
        document.uri,
        { tabSize: 2, insertSpaces: true },
      );
      const edit = new vscode.WorkspaceEdit();
      edit.set(document.uri, edits);
      await vscode.workspace.applyEdit(edit);
      assert.equal(document.getText(), '# one\n# two\n@classes auto\na {}.\n@ensemble x (\n  b {}.\n)\n');
    });

    it('renames a learned context: its file and every line that names it, and says where it is from', async () => {
      writeFileSync(path.join(contexts, 'old.safetensors'), contextFile());
      const document = await open('rename.prompts', '<old> {}.\n<other> {}.\n');
      const beside = await open('beside.prompts', '@ensemble x (\na <old> {}.\n)\n');
      const position = new vscode.Position(0, 2);
      const [hover] = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        document.uri,
        position,
      );
      assert.match((hover!.contents[0] as vscode.MarkdownString).value, /50\.0 % on dev|50\\?\.0/);
      const edit = await vscode.commands.executeCommand<vscode.WorkspaceEdit>(
        'vscode.executeDocumentRenameProvider',
        document.uri,
        position,
        'new',
      );
      assert.ok(await vscode.workspace.applyEdit(edit));
      assert.equal(document.getText(), '<new> {}.\n<other> {}.\n');
      assert.match(beside.getText(), /a <new> \{\}/);
      await until('the renamed file', () => existsSync(path.join(contexts, 'new.safetensors')));
      assert.ok(!existsSync(path.join(contexts, 'old.safetensors')));
    });
  });
}
