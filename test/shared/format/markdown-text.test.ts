import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { markdownText, noticeText } from '../../../src/shared/format/markdown-text';
import { visibleText } from '../../../src/shared/format/visible-text';
import { foreignText, UNSEEN } from '../../support/foreign-text';
import { root } from '../../support/root';

const PUNCTUATION = /[!-/:-@[-`{-~]/;
/** How the editor finds links in notices (vs/base/common/linkedText.ts). */
const LINKED = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;

describe('text for hovers and notices', () => {
  it('is one run of text to Markdown, and that very text', () => {
    fc.assert(
      fc.property(foreignText, text => {
        const escaped = markdownText(text);
        assert.doesNotMatch(escaped, UNSEEN);
        assert.doesNotMatch(escaped, /^ | {2}| $/);
        // Nothing is left that could be mark-up: escapes aside there are no punctuation characters.
        assert.doesNotMatch(escaped.replace(/\\[!-/:-@[-`{-~]/g, ''), PUNCTUATION);
        const read = escaped.replace(/\\(.)/gsu, '$1').replaceAll('\u00a0', ' ');
        assert.equal(read, visibleText(text).replaceAll('\u00a0', ' '));
      }),
      { numRuns: 2000 },
    );
  });

  it('has no link in a notice', () => {
    fc.assert(
      fc.property(foreignText, foreignText, (one, other) => {
        const shown = noticeText(`${one}[x](command:workbench.action.quit)${other}`);
        assert.doesNotMatch(shown, LINKED);
        assert.doesNotMatch(shown, UNSEEN);
      }),
      { numRuns: 2000 },
    );
    assert.match('[x](command:workbench.action.quit)', LINKED);
    assert.equal(noticeText('“[V:16] {}.” (dev)'), '“[V:16] {}.” (dev)');
  });

  it('passes there everywhere in the extension', () => {
    const folder = path.join(root, 'src/extension');
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts')) continue;
      const source = readFileSync(path.join(folder, name), 'utf8');
      assert.doesNotMatch(source, /show(Information|Warning|Error)Message\(\s*(?!\s|noticeText\()/, name);
      // appendText leaves addresses, entities and unseen characters as they are.
      assert.doesNotMatch(source, /(?<!snippet\.)appendText\(|new vscode\.MarkdownString\([^)u]/, name);
      assert.doesNotMatch(
        source,
        /appendMarkdown\(\s*(?!\s|'|markdownText\(|`\]\(\$\{revealLink\(|`\\n\\n\$\{links\.join)/,
        name,
      );
    }
  });
});
