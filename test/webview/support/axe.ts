import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { root } from '../../support/root';

const AXE = readFileSync(path.join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');

/**
 * Serious and critical findings of axe-core, one line each with the elements they concern. Text in the very colour of its
 * ground is among them, which axe leaves undecided.
 */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations, incomplete } = (await page.evaluate('axe.run()')) as AxeResults;
  const unseen = incomplete.flatMap(({ id, impact, nodes, ...rest }) => {
    const equal = nodes.filter(({ any }) => any.some(({ data }) => isEqualRatio(data)));
    return equal.length === 0 ? [] : [{ ...rest, id, impact, nodes: equal }];
  });
  return [...violations, ...unseen]
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`,
    );
}

function isEqualRatio(data: unknown): boolean {
  return (
    typeof data === 'object' && data !== null && 'messageKey' in data && data.messageKey === 'equalRatio'
  );
}
