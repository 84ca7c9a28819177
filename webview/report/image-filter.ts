import type { Report, TestImage } from '../../src/shared/contracts/report';
import { type Outcome, outcomeOf } from '../../src/shared/verdicts/outcome';

export const MATRICES = ['learned', 'baseline', 'difference'] as const;
export type Matrix = (typeof MATRICES)[number];

/** Which test images are shown: those of one outcome, or those counted in one cell of the confusion matrix. */
export type ImageFilter =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'cell'; readonly matrix: Matrix; readonly label: number; readonly answer: number };

export function filterImages(images: readonly TestImage[], filter: ImageFilter): TestImage[] {
  if (filter.kind === 'outcome') return images.filter(image => outcomeOf(image) === filter.outcome);
  const { matrix, label, answer } = filter;
  return images.filter(image => {
    if (image.label !== label) return false;
    const [before, after] = [image.baseline === answer, image.learned === answer];
    // A difference of counts comes from the images that entered or left the cell.
    return matrix === 'difference' ? before !== after : matrix === 'baseline' ? before : after;
  });
}

/** What a filter shows, as a heading. */
export function filterTitle(filter: ImageFilter, { classes }: Pick<Report, 'classes'>): string {
  if (filter.kind === 'outcome') return OUTCOMES[filter.outcome];
  const { matrix, label, answer } = filter;
  const [truth, said] = [classes[label], classes[answer]];
  const what = label === answer ? `${truth} recognised` : `${truth} taken for ${said}`;
  return matrix === 'difference' ? `${what}, by one prompt only` : `${what} by the ${matrix} prompt`;
}

export const OUTCOMES: Readonly<Record<Outcome, string>> = {
  fixed: 'Fixed',
  broken: 'Broken',
  wrong: 'Both wrong',
  right: 'Both right',
};

export function isImageFilter(value: unknown): value is ImageFilter {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  if (value.kind === 'outcome') return 'outcome' in value && String(value.outcome) in OUTCOMES;
  if (value.kind !== 'cell' || !('matrix' in value && 'label' in value && 'answer' in value)) return false;
  return (
    MATRICES.some(name => name === value.matrix) &&
    Number.isInteger(value.label) &&
    Number.isInteger(value.answer)
  );
}
