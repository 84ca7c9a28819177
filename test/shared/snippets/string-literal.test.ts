import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { exportEnding, snippet } from '../../../src/shared/snippets/snippet';
import type { Library, SnippetFacts } from '../../../src/shared/snippets/snippet-facts';
import { javaScriptString, pythonString } from '../../../src/shared/snippets/string-literal';
import { CLIP_FACTS } from '../../support/clip-facts';
import { foreignText, UNSEEN } from '../../support/foreign-text';
import { pythonImports } from '../../support/python-imports';

const python = pythonImports('ast, json, sys');

/** Literals of a Python file that is parsed and never run, in the order in which they stand there. */
const PYTHON_STRINGS = `import ast, json, sys
for code in json.load(sys.stdin):
    tree = ast.parse(code)
    print(json.dumps([n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]))`;

function pythonStrings(codes: readonly string[]): string[][] {
  const { stdout, stderr, status } = spawnSync('python3', ['-c', PYTHON_STRINGS], {
    input: JSON.stringify(codes),
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  assert.equal(status, 0, stderr);
  return stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as string[]);
}

describe('strings in generated code', () => {
  it('are one literal with nothing unseen in it, and JavaScript reads the same string back', () => {
    fc.assert(
      fc.property(foreignText, text => {
        for (const literal of [javaScriptString(text), pythonString(text)]) assert.ok(!UNSEEN.test(literal));
        assert.equal(runInNewContext(javaScriptString(text)), text);
      }),
      { numRuns: 2000 },
    );
  });

  it('are read back by Python', function () {
    if (!python) this.skip();
    const texts = fc.sample(foreignText, 1000);
    assert.deepEqual(pythonStrings(texts.map(pythonString)).flat(), texts);
  });
});

describe('code with names from data', () => {
  const LOADABLE: readonly [Library, SnippetFacts['layout']][] = [
    ['open_clip', 'open-clip'],
    ['transformers', 'hugging-face'],
    ['transformers.js', 'hugging-face'],
  ];
  /** The code with each literal of ours taken out: what is left must not depend on data. */
  const without = (code: string, literals: readonly string[]) =>
    literals.reduce((text, literal) => text.replace(literal, () => 'DATA'), code);

  it('is the same code but for its literals, whatever the names are', () => {
    for (const [library, layout] of LOADABLE) {
      const [quote, model, file] = [
        library === 'transformers.js' ? javaScriptString : pythonString,
        '/m',
        'f',
      ];
      const literalsOf = (names: { file: string; model: string }) => [
        quote(library === 'open_clip' ? `local-dir:${names.model}` : names.model),
        quote(names.file),
      ];
      const plain = without(
        snippet(library, { ...CLIP_FACTS, layout, model, file }),
        literalsOf({ model, file }),
      );
      fc.assert(
        fc.property(foreignText, foreignText, (path1, path2) => {
          const names = { model: `/models/${path1}`, file: `${path2}${exportEnding(library)}` };
          assert.equal(
            without(snippet(library, { ...CLIP_FACTS, layout, ...names }), literalsOf(names)),
            plain,
          );
        }),
        { numRuns: 300 },
      );
    }
  });

  it('is parsed by Python, which finds the names as strings', function () {
    if (!python) this.skip();
    for (const [library, layout] of LOADABLE.slice(0, 2)) {
      const names = fc.sample(fc.tuple(foreignText, foreignText), 100);
      const found = pythonStrings(
        names.map(([model, file]) => snippet(library, { ...CLIP_FACTS, layout, model: `/m/${model}`, file })),
      );
      for (const [i, [model, file]] of names.entries()) {
        assert.ok(found[i]!.includes(library === 'open_clip' ? `local-dir:/m/${model}` : `/m/${model}`));
        assert.ok(found[i]!.includes(file));
      }
    }
  });

  it('is parsed by Node', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-code-'));
    const names = fc.sample(fc.tuple(foreignText, foreignText), 8);
    names.push(['\u2028;throw 1//', '\n;throw 1//']);
    for (const [model, file] of names) {
      const code = path.join(folder, 'code.mjs');
      writeFileSync(code, snippet('transformers.js', { ...CLIP_FACTS, model: `/m/${model}`, file }));
      const { status, stderr } = spawnSync(process.execPath, ['--check', code], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    }
    rmSync(folder, { recursive: true });
  });

  it('takes no name of JavaScript’s own for a published model', () => {
    for (const model of ['constructor', '__proto__', 'toString'])
      assert.throws(() => snippet('open_clip', { ...CLIP_FACTS, model }), { code: 'model.unsupported' });
  });
});
