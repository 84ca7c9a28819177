import assert from 'node:assert/strict';
import type { Ui } from '../../tools/vscode-host/ui.mjs';
import { look } from './support/look';
import { openSample, type SampleWindow } from './support/sample-window';

const LISTS = `import clip

imagenet_templates = [
    'a bad photo of a {}.',
    'a photo of many {}.',
    'a rendering of a {}.',
    'itap of my {}.',
]

OPENAI_TEMPLATES = (
    lambda c: f'a bad photo of a {c}.',
    lambda c: f'art of the {c}.',
)
`;

/** Hints and the hover of a template list in a Python file, as a person sees them. */
describe('a template list in Python', () => {
  let window: SampleWindow;
  let ui: Ui;

  before(async () => {
    window = await openSample({ 'zero_shot.py': LISTS });
    ui = window.ui;
  });

  after(() => window.close());

  it('has an accuracy beside each template and each list, with links in its hover', async () => {
    await ui.openFile('zero_shot.py');
    await ui.until(async () => {
      const found = (await ui.readInlayHints()).filter(({ text }) => /\d%/.test(text));
      return found.length === 8;
    }, 'eight hints');
    await ui.page.getByText(/\d%/).first().hover();
    await ui.page.locator('.monaco-hover a', { hasText: /\w/ }).first().waitFor();
    await ui.page.waitForTimeout(500);
    await look(window, '8-python');
    const hover = (await ui.page.locator('.monaco-hover').allInnerTexts()).join(' ').replace(/\s/g, ' ');
    assert.match(hover, /tokens for the longest class: “a .* photo/);
    await ui.page.keyboard.press('Escape');
    for (const theme of ['light', 'hc'] as const) {
      await ui.setTheme(theme);
      await ui.screenshot(`8-python-${theme}`);
    }
    assert.deepEqual(ui.errors(), []);
  });
});
