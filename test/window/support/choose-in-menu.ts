import type { Locator } from 'playwright-core';
import type { Ui } from '../../../tools/vscode-host/ui.mjs';

/**
 * A command of the menu that a right click opens. A menu that opens under the pointer lets a click pass that comes at once,
 * and knows a folder or a selection a moment after its row: asked again until it closes with the click.
 */
export async function chooseInMenu(ui: Ui, target: () => Locator, command: string): Promise<void> {
  const menu = ui.page.locator('.monaco-menu');
  const item = menu.getByText(command, { exact: true });
  await ui.until(async () => {
    if ((await item.count()) === 0) {
      // Escape would also take back what is selected.
      if ((await menu.count()) > 0) await ui.page.keyboard.press('Escape');
      await target().click({ button: 'right' });
      await menu.waitFor();
      await ui.page.waitForTimeout(300);
      return false;
    }
    await item.click();
    await ui.page.waitForTimeout(300);
    return (await menu.count()) === 0;
  }, command);
}
