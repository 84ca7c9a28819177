import type { Ui } from '../../../tools/vscode-host/ui.mjs';

const SIZES = [
  { width: 1280, height: 800 },
  { width: 1000, height: 700 },
] as const;
const THEMES = ['light', 'hc', 'dark'] as const;

/** A picture for looking at; `npm run screenshots` takes it in three themes and both sizes, and leaves the window as it was. */
export async function look(ui: Ui, name: string): Promise<void> {
  await ui.screenshot(name);
  if (process.env['npm_lifecycle_event'] !== 'screenshots') return;
  const before = ui.page.viewportSize()!;
  for (const theme of THEMES) {
    await ui.setTheme(theme);
    for (const size of SIZES) {
      await ui.page.setViewportSize(size);
      // Views lay themselves out anew, and canvases are drawn again.
      await ui.page.waitForTimeout(800);
      await ui.screenshot(`${name}-${theme}-${size.width}x${size.height}`);
    }
    await ui.page.setViewportSize(before);
  }
}
