import type { Report } from '../contracts/report';
import { counted } from './count';
import { fullDelta } from './delta';
import { percentSpread } from './percent';
import { protocolNotes } from './protocol-notes';
import { recipeName } from './recipe';
import { selectionNotes } from './selection-notes';

/** What stands under a report's headline and its table, as sentences, in this order. */
export function reportNotes(report: Report): string[] {
  const { againstBest, results, leftOut = [], provenance, classes, seeds, chosenSeed } = report;
  return [
    ...seedNotes(report),
    ...(againstBest === undefined
      ? []
      : [
          `Against “${againstBest.label}”, the hand-written line that is best on dev: ${fullDelta(againstBest.delta)}.`,
        ]),
    ...seeds.flatMap(({ selection, delta, seed }) =>
      selection === undefined || (chosenSeed !== undefined && seed !== chosenSeed)
        ? []
        : selectionNotes(selection, delta.difference),
    ),
    ...evaluationNotes(report),
    ...results.flatMap(({ note }) => (note === undefined ? [] : [note])),
    ...leftOut,
    ...unfittedNotes(report),
    ...copyNotes(report),
    ...protocolNotes(provenance.recipe, classes.length, provenance.counts.train),
  ];
}

function seedNotes({ seedAverage, seeds, chosenSeed, headline }: Report): string[] {
  if (seedAverage === undefined) return [];
  const mean = `Mean of ${counted(seeds.length, 'seed')}: ${percentSpread(seedAverage.mean, seedAverage.std)} test accuracy (±: standard deviation over seeds).`;
  // Reports of version 0.1 spoke of the first seed alone.
  if (chosenSeed === undefined || headline.seeds === undefined) return [mean];
  return [
    `${mean} Differences and intervals are over all seeds and images; pictures, confusions, confidence and words are those of seed ${chosenSeed}, the best on dev, which Apply takes.`,
  ];
}

function evaluationNotes({ seeds, provenance }: Report): string[] {
  const all = seeds.reduce((sum, { evaluations = 0 }) => sum + evaluations, 0);
  if (all === 0) return [];
  return [
    `The text tower was evaluated ${counted(all, 'time')} by the recipe ${recipeName(provenance.recipe)}, choosing included.`,
  ];
}

function unfittedNotes({ unfitted = [] }: Report): string[] {
  if (unfitted.length === 0) return [];
  const are = unfitted.length === 1 ? 'is' : 'are';
  return [
    `${counted(unfitted.length, 'other method')} on the same shots ${are} not fitted yet; learning the same again goes on with ${unfitted.length === 1 ? 'it' : 'them'}.`,
  ];
}

function copyNotes({ nearDuplicates }: Report): string[] {
  if (nearDuplicates === undefined) return [];
  const { count, examples } = nearDuplicates;
  const [first] = examples;
  const such = first === undefined ? '' : `, such as ${first.image} and ${first.of}`;
  return [
    `${counted(count, 'image')} to learn from ${count === 1 ? 'shows' : 'show'} the same picture as a dev or test image${such}.`,
  ];
}
