import path from 'node:path';

export const EXPERIMENT_ENDING = '.experiment.json';

/** `pets` of `pets.experiment.json`. */
export const experimentName = (file: string): string =>
  path.basename(file).replace(/(\.experiment)?\.json$/, '');

/** Where an experiment's results go unless another folder is asked for. */
export function resultsFolder(file: string, folder: string = path.dirname(file)): string {
  return path.join(folder, `${experimentName(file)}.results`);
}
