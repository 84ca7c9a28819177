import { CoopError } from '../../shared/errors';
import type { Scan } from './scan';

/**
 * Demands what scoring needs: two classes at least.
 * @throws CoopError `classes.none`, `classes.one`
 */
export function requireClasses(scan: Scan): void {
  const [first, second] = scan.classes;
  if (second !== undefined) return;
  if (first === undefined) {
    throw new CoopError(
      'classes.none',
      `${scan.folder} has images, but nothing says which classes they are of.`,
      {
        subject: scan.folder,
        next: 'Put the images of each class into a sub-folder named after it, or list files and labels in a CSV file.',
      },
    );
  }
  throw new CoopError(
    'classes.one',
    `${scan.folder} has one class only, “${first.name}”; with one possible answer every prompt is right.`,
    { subject: scan.folder, next: nextStep(scan, first.folder) },
  );
}

/** The classes may lie one folder further down. */
function nextStep({ folder, images, layout }: Scan, only: string): string {
  const inner = new Set<string>();
  for (const { path } of images) {
    const [, second, third] = path.split('/');
    if (second !== undefined && third !== undefined) inner.add(second);
  }
  return layout === 'classes' && inner.size > 1
    ? `Scan ${folder}/${only} if its ${inner.size} sub-folders are the classes.`
    : 'Put the images of each class into a sub-folder named after it.';
}
