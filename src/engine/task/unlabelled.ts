import { CoopError } from '../../shared/errors';
import { classesHash, datasetHash, partsHash } from '../dataset/dataset-parts';
import type { Scan } from '../dataset/scan-folder';
import type { Dataset } from './load-dataset';
import { scanResult } from './scan-document';

/**
 * Images of which nobody said what they show, and the names that one of them may have: nothing can be measured or learned,
 * only answered.
 * @throws CoopError `classes.none`, `classes.one`, `classes.invalid` for a name that stands twice
 */
export function unlabelledDataset(scan: Scan, asked: readonly string[]): Dataset {
  const names = asked.map(name => name.trim()).filter(name => name !== '');
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  const next = 'Name them with commas between: “cat, dog, none of both”.';
  if (twice !== undefined)
    throw new CoopError('classes.invalid', `The class “${twice}” stands twice.`, { subject: twice, next });
  if (names.length < 2)
    throw names.length === 0
      ? new CoopError('classes.none', 'No class is named that the images could be of.', { next })
      : new CoopError('classes.one', `With “${names[0]}” as the one possible answer, every image gets it.`, {
          subject: names[0]!,
          next,
        });
  const classes = { names, columns: new Map<string, string[]>() };
  return {
    folder: scan.folder,
    scan: scanResult(scan),
    classes,
    images: [],
    drawable: [],
    published: false,
    given: false,
    grouped: true,
    hash: datasetHash([], names),
    partsHash: partsHash([], { published: false, unusual: false }),
    classesHash: classesHash(classes),
  };
}
