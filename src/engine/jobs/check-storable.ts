import { CoopError } from '../../shared/errors';
import { ONE_LINE } from '../../shared/format/one-line';
import { visibleText } from '../../shared/format/visible-text';

/**
 * Demands before anything is learned what a context's file demands of its texts.
 * @throws CoopError `template.syntax`, `classes.invalid`
 */
export function checkStorable(template: string, classNames: readonly string[]): void {
  if (!ONE_LINE.test(template))
    throw new CoopError('template.syntax', `“${visibleText(template)}” holds a control character.`, {
      subject: template,
      next: 'Write a blank in its place, or nothing.',
    });
  const name = classNames.find(each => !ONE_LINE.test(each));
  if (name === undefined) return;
  throw new CoopError('classes.invalid', `The class “${visibleText(name)}” holds a control character.`, {
    subject: name,
    next: 'Name it in a classes file (“@classes classes.csv”), or rename its folder.',
  });
}
