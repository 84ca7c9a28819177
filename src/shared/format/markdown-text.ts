import { visibleText } from './visible-text';

/**
 * A text from data as Markdown that means this very text: every ASCII punctuation character is escaped (CommonMark 0.31,
 * 2.4), so that no mark-up, entity, HTML or automatic link of GFM comes about, wherever in a paragraph it stands. Blanks
 * that Markdown would drop or read as an indented block do not break.
 */
export function markdownText(text: string): string {
  return visibleText(text)
    .replace(/[!-/:-@[-`{-~]/g, '\\$&')
    .replace(/ {2,}|^ | $/g, blanks => '\u00a0'.repeat(blanks.length));
}

/**
 * A text from data in a notice of the editor, which makes `[title](command:…)` a link that runs the command, with nothing
 * to turn that off.
 */
export function noticeText(text: string): string {
  return visibleText(text).replace(/\](?=\()/g, '] ');
}
