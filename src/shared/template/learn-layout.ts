import { CoopError } from '../errors';
import { parseTemplate } from './parse-template';
import { isPlain, type PromptsDocument, type Template } from './syntax';

/** The layout of the paper's main results: 16 shared vectors before the class name. */
export const DEFAULT_LAYOUT = '[V:16] {}.';

export interface LearnLayout {
  readonly layout: Template;
  /** What the gain is measured against. */
  readonly baseline: Template;
  /** The document's line that the learned one replaces. */
  readonly replaces: string;
}

/**
 * What Learn Prompt learns on a line: a plain line gives way to `[V:16] {}.` and is what that is compared with; a line
 * with learnable slots is learned itself, compared with the document's baseline.
 * @throws CoopError `template.syntax` when there is no baseline
 */
export function layoutToLearn(document: PromptsDocument, template: Template): LearnLayout {
  if (isPlain(template)) {
    return { layout: parseTemplate(DEFAULT_LAYOUT).template!, baseline: template, replaces: template.line };
  }
  if (document.baseline === null) {
    throw new CoopError('template.syntax', 'There is no plain template to compare the learned prompt with.', {
      subject: template.line,
      next: 'Add one, such as “a photo of a {}.”.',
    });
  }
  return { layout: template, baseline: document.baseline, replaces: template.line };
}
