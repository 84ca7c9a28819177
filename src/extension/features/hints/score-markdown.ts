import * as vscode from 'vscode';
import type { LineScore } from '../../../shared/contracts/protocol';
import { fullDelta } from '../../../shared/format/delta';
import { markdownText } from '../../../shared/format/markdown-text';
import { percent, percentRange } from '../../../shared/format/percent';
import type { LineState } from '../../services/score-store';

/**
 * What is known of a line's score, or why there is none.
 * @param progress how far the document's scoring is, where that is known
 */
export function scoreMarkdown(state: LineState, progress: string | null = null): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  if (state.kind === 'pending')
    return text.appendMarkdown(markdownText(`Being scored on the dev images: ${progress ?? '…'}`));
  const { result } = state.score;
  if (!result.ok) {
    text.appendMarkdown(markdownText(result.error.message));
    if (result.error.next !== undefined)
      text.appendMarkdown('\n\n').appendMarkdown(markdownText(result.error.next));
    return text;
  }
  if (state.stale)
    text
      .appendMarkdown(
        markdownText(
          `Something changed since: the line, its images, its classes or its model. It is being scored again${progress === null ? '' : `: ${progress}`}.`,
        ),
      )
      .appendMarkdown('\n\n');
  if (!result.complete && progress !== null)
    text.appendMarkdown(markdownText(progress)).appendMarkdown('\n\n');
  return appendResult(text, result);
}

function appendResult(
  text: vscode.MarkdownString,
  { accuracy, delta, worst, tokens, complete }: Extract<LineScore['result'], { ok: true }>,
): vscode.MarkdownString {
  const { value, low, high, n } = accuracy;
  text.appendMarkdown(
    markdownText(`${percent(value)} of ${n} dev images (95 % interval ${percentRange(low, high)})`),
  );
  if (!complete) text.appendMarkdown(markdownText(' so far; more are being scored'));
  text.appendMarkdown('\n\n');
  text.appendMarkdown(
    markdownText(delta === null ? 'This is the baseline.' : `Against the baseline: ${fullDelta(delta)}`),
  );
  text.appendMarkdown('\n\nHardest classes:\n');
  text.isTrusted = { enabledCommands: ['coop.showImages'] };
  for (const { name, accuracy: share, n: images, confusedWith, folder } of worst) {
    text
      .appendMarkdown('\n- [')
      .appendMarkdown(markdownText(name))
      .appendMarkdown(`](${revealLink(folder)})`);
    const taken = confusedWith === null ? '' : `, taken for ${confusedWith}`;
    text.appendMarkdown(markdownText(`: ${percent(share)} of ${images}${taken}`));
  }
  text.appendMarkdown('\n\n');
  text.appendMarkdown(
    markdownText(`${tokens.longest} of ${tokens.limit} tokens for the longest class: “${tokens.text}”`),
  );
  return text;
}

function revealLink(folder: string): string {
  const argument = encodeURIComponent(JSON.stringify([folder]));
  return `command:coop.showImages?${argument.replaceAll('(', '%28').replaceAll(')', '%29')} "Show this class’s images"`;
}
