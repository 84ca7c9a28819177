import { readReport } from '../../files/runs/read-report';
import type { RunComparison } from '../../shared/contracts/comparison';
import type { Delta, Report } from '../../shared/contracts/report';
import { CoopError } from '../../shared/errors';
import { pairedDelta } from '../measure/paired-delta';

/**
 * Finished runs beside each other; where they were tested on the same images, the paired difference to the first.
 * @throws CoopError `usage` for fewer than two; `run.missing`, `run.corrupt` as readReport
 */
export async function compareRuns(directories: readonly string[]): Promise<RunComparison> {
  if (directories.length < 2)
    throw new CoopError('usage', 'One run alone cannot be compared.', { next: 'Choose two or more.' });
  const reports = await Promise.all(directories.map(readReport));
  const [first] = reports;
  return {
    runs: reports.map(report => ({
      name: report.name,
      template: report.template,
      baseline: report.baseline,
      model: report.provenance.model,
      device: report.provenance.device,
      recipe: report.provenance.recipe,
      seconds: report.provenance.seconds,
      ...chosenOf(report),
      gain: report.headline,
      againstFirst: report === first ? null : differenceOf(first!, report),
    })),
  };
}

/** Figures of the seed that Apply takes. */
function chosenOf({ seeds, chosenSeed }: Report): Pick<RunComparison['runs'][number], 'dev' | 'test'> {
  const { dev, test } = seeds.find(({ seed }) => seed === chosenSeed) ?? seeds[0]!;
  return { dev, test };
}

function differenceOf(base: Report, other: Report): Delta | null {
  const sameImages =
    base.images.length === other.images.length &&
    base.images.every(({ path, label }, at) => {
      const image = other.images[at]!;
      return image.path === path && image.label === label;
    });
  const sameClasses = base.classes.join('\n') === other.classes.join('\n');
  if (!sameImages || !sameClasses || base.provenance.datasetHash !== other.provenance.datasetHash)
    return null;
  const column = (report: Report, key: 'label' | 'learned') =>
    Int32Array.from(report.images, image => image[key]);
  return pairedDelta(column(base, 'label'), column(base, 'learned'), column(other, 'learned'));
}
