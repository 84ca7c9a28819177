import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Ui } from '../../../tools/vscode-host/ui.mjs';

const SIZES = [
  { width: 1280, height: 800 },
  { width: 1000, height: 700 },
] as const;
/** Where a window says which theme it shows; the windows of tests begin with the first. */
const THEMES = [
  ['dark', null, '.vs-dark'],
  ['light', 'Default Light Modern', '.vs'],
  ['hc', 'Default High Contrast', '.hc-black'],
] as const;

export interface Looked {
  readonly ui: Ui;
  /** The window's folder. */
  readonly workspace: string;
}

/**
 * A picture for looking at; `npm run screenshots` takes it in three themes and both sizes, and leaves the window as it was.
 * The theme is the workspace's setting, so that a pick, a menu or a notice stays open meanwhile.
 * @param again brings back what a change of size closes, or what goes away unless it is pointed at
 */
export async function look(
  { ui, workspace }: Looked,
  name: string,
  again: () => Promise<unknown> = async () => {},
): Promise<void> {
  if (process.env['npm_lifecycle_event'] !== 'screenshots') {
    await ui.screenshot(name);
    return;
  }
  const before = ui.page.viewportSize()!;
  const settings = new WorkspaceSettings(workspace);
  for (const [theme, setting, css] of THEMES) {
    if (setting !== null) settings.add('workbench.colorTheme', setting);
    await ui.page.locator(`.monaco-workbench${css}`).waitFor();
    for (const size of SIZES) {
      await ui.page.setViewportSize(size);
      // Views lay themselves out anew, and canvases are drawn again.
      await ui.page.waitForTimeout(800);
      await again();
      await ui.screenshot(`${name}-${theme}-${size.width}x${size.height}`);
    }
  }
  settings.restore();
  await ui.page.locator('.monaco-workbench.vs-dark').waitFor();
  await ui.page.setViewportSize(before);
  await ui.page.waitForTimeout(300);
  await again();
}

/** Of a folder; a file that was not there says nothing afterwards. */
class WorkspaceSettings {
  private readonly file: string;
  private readonly before: string;

  constructor(workspace: string) {
    this.file = path.join(workspace, '.vscode/settings.json');
    this.before = existsSync(this.file) ? readFileSync(this.file, 'utf8') : '{}';
    mkdirSync(path.dirname(this.file), { recursive: true });
  }

  add(name: string, value: unknown): void {
    const others = JSON.parse(this.before) as object;
    writeFileSync(this.file, JSON.stringify({ ...others, [name]: value }));
  }

  restore(): void {
    writeFileSync(this.file, this.before);
  }
}
