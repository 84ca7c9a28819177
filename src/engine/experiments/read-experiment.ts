import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readTextFile } from '../../files/disk/read-text-file';
import { EXPERIMENT_ENDING, experimentName, resultsFolder } from '../../files/experiments/results-folder';
import { type Experiment, parseExperiment } from '../../shared/contracts/experiment';
import { CoopError } from '../../shared/errors';
import { DEFAULT_LAYOUT } from '../../shared/template/learn-layout';
import { mediaFolder } from '../media-folder';
import { methodOf } from '../methods/methods';
import { DATA_SETS } from '../published/data-sets';
import { ownTemplate } from '../published/own-templates';
import { openProject, type Project, readProject } from '../task/open-project';

/** A data set under one model, as a document. */
export interface ExperimentTask {
  readonly dataset: string;
  readonly model: string;
  readonly project: Project;
  /** False where the document was made for the experiment and is not there yet. */
  readonly written: boolean;
}

export interface ExperimentTarget {
  readonly name: string;
  /** Absolute; absent for other classes of the same images. */
  readonly images?: string;
  readonly classes?: string;
}

export interface ExperimentPrompt {
  readonly name: string;
  readonly layout: string;
  readonly method: 'coop' | 'kgcoop';
  readonly lambda?: number;
}

/** An experiment with everything it names. */
export interface OpenedExperiment {
  readonly spec: Experiment;
  readonly name: string;
  /** Folder of tables, figures, measurements and documents made for it. */
  readonly out: string;
  readonly tasks: readonly ExperimentTask[];
  readonly targets: readonly ExperimentTarget[];
  readonly prompts: readonly ExperimentPrompt[];
  /** What stands beside the prompts: the linear probe, as in the paper, unless others are asked for. */
  readonly methods: NonNullable<Experiment['methods']>;
  readonly shots: readonly number[];
  readonly seeds: readonly number[];
}

/**
 * Reads an experiment: a file, or the name of one that comes with the product (`paper-fig3`).
 * @param options.data folder of the paper's data sets, in place of the file's `root`
 * @param options.out default: beside the file, or in the working folder, by the experiment's name
 * @throws CoopError `usage`, also where nothing has the name; `file.access`, `file.limit`
 */
export async function openExperiment(
  wanted: string,
  options: { readonly data?: string; readonly out?: string } = {},
): Promise<OpenedExperiment> {
  const file = fileOf(wanted);
  const ready = path.resolve(wanted) !== file;
  const spec = parseExperiment(await readTextFile(file, 'usage'), file);
  const name = experimentName(file);
  const folder = ready ? process.cwd() : path.dirname(file);
  const out = path.resolve(options.out ?? resultsFolder(file, folder));
  const places = new Places(
    folder,
    options.data ?? (spec.root === undefined ? null : path.resolve(folder, spec.root)),
  );
  const tasks = await tasksOf(spec, folder, out, places);
  const targets = (spec.targets ?? []).map(target => targetOf(target, places));
  const prompts = (spec.prompts ?? []).map(
    (prompt): ExperimentPrompt =>
      typeof prompt === 'string'
        ? { name: prompt, layout: prompt, method: 'coop' }
        : { method: 'coop', ...prompt },
  );
  const [shots, seeds] = [spec.shots ?? [16], spec.seeds ?? [1, 2, 3]];
  const methods = spec.methods ?? ['linear-probe'];
  const titles = methods.map(method => methodOf({ method, shots: shots[0]!, seeds }).title);
  checkNames(
    tasks.map(({ dataset, model }) => (model === '' ? dataset : `${dataset}, ${model}`)),
    'data sets or documents',
    file,
  );
  checkNames([...titles, ...prompts.map(({ name: called }) => called)], 'prompts or methods', file);
  checkNames(
    targets.map(({ name: called }) => called),
    'targets',
    file,
  );
  return { spec, name, out, tasks, targets, prompts, methods, shots, seeds };
}

/** What has one name is one row, or one column, of a table: all but one of them would be lost. */
function checkNames(names: readonly string[], what: string, file: string): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return;
  throw new CoopError('usage', `${file} has several ${what} called “${twice}”.`, {
    subject: file,
    next: 'Give each a name of its own.',
  });
}

function fileOf(wanted: string): string {
  const file = path.resolve(wanted);
  if (existsSync(file)) return file;
  const shipped = mediaFolder('experiments');
  const ready =
    shipped === null
      ? null
      : path.join(shipped, `${path.basename(wanted, EXPERIMENT_ENDING)}${EXPERIMENT_ENDING}`);
  if (shipped === null || ready === null || /[\\/]/.test(wanted)) return file;
  if (existsSync(ready)) return ready;
  const names = readdirSync(shipped)
    .filter(name => name.endsWith(EXPERIMENT_ENDING))
    .map(name => path.basename(name, EXPERIMENT_ENDING));
  throw new CoopError(
    'usage',
    `${file} is not there, and no experiment that comes with coop is called that.`,
    {
      subject: wanted,
      next: `Those are ${names.join(', ')}; any other is a path of a *${EXPERIMENT_ENDING} file.`,
    },
  );
}

/** Where the names of an experiment lie. */
class Places {
  constructor(
    private readonly folder: string,
    private readonly root: string | null,
  ) {}

  /** A folder, or a data set of the paper below the root. @throws CoopError `usage` */
  images(named: string): string {
    const known = DATA_SETS.find(({ name }) => name === named);
    if (known === undefined) return path.resolve(this.folder, named);
    if (this.root !== null) return path.resolve(this.root, known.folder);
    throw new CoopError('usage', `Nothing says where the data set ${named} lies.`, {
      next: 'Give its folder’s parent as “root”, or after --data.',
    });
  }
}

async function tasksOf(
  { documents = [], datasets = [], models = [] }: Experiment,
  folder: string,
  out: string,
  places: Places,
): Promise<ExperimentTask[]> {
  const tasks: ExperimentTask[] = [];
  for (const document of documents) {
    const project = await readProject(path.resolve(folder, document));
    const dataset = path.basename(document, '.prompts');
    if (models.length === 0)
      tasks.push({ dataset, model: project.document.directives.model ?? '', project, written: true });
    for (const model of models) {
      const named = modelFrom(model, folder, project.folder);
      tasks.push({ dataset, model, project: withDirective(project, 'model', named), written: true });
    }
  }
  for (const named of datasets) {
    const { name, images, ...choice } = typeof named === 'string' ? { name: named, images: named } : named;
    for (const model of models) {
      const file = `${slug(name)}${models.length === 1 ? '' : `-${slug(model)}`}.prompts`;
      const home = path.join(out, 'documents');
      const lines = [
        `@images ${path.relative(home, places.images(images)).replaceAll('\\', '/')}`,
        `@model ${modelFrom(model, folder, home)}`,
        ...(choice.classes === undefined ? [] : [`@classes ${choice.classes}`]),
        ...(choice.split === undefined ? [] : [`@split ${choice.split}`]),
        '',
        choice.baseline ?? ownTemplate(images),
        DEFAULT_LAYOUT,
        '',
      ];
      const project = openProject({ path: path.join(home, file), text: lines.join('\n') });
      tasks.push({ dataset: name, model, project, written: false });
    }
  }
  for (const { dataset, project } of tasks) checkDocument(dataset, project);
  return tasks;
}

/** A line that cannot be read would leave its place to a default, and all would be measured with that. */
function checkDocument(dataset: string, { document }: Project): void {
  const error = document.problems.find(({ severity }) => severity === 'error');
  if (error === undefined) return;
  throw new CoopError('usage', `The document of ${dataset} is faulty: ${error.message}`, {
    subject: dataset,
    next: error.next,
  });
}

/** A model beside the experiment is named from the document's folder. */
function modelFrom(model: string, folder: string, home: string): string {
  const file = path.resolve(folder, model);
  return existsSync(file) ? path.relative(home, file).replaceAll('\\', '/') : model;
}

function targetOf(target: NonNullable<Experiment['targets']>[number], places: Places): ExperimentTarget {
  if (typeof target === 'string') return { name: path.basename(target), images: places.images(target) };
  const { name, images, classes } = target;
  if ((images === undefined) === (classes === undefined))
    throw new CoopError('usage', `The target “${name}” needs either images or classes.`, {
      next: 'Give a folder of images, or “subset new”.',
    });
  return {
    name,
    ...(images === undefined ? {} : { images: places.images(images) }),
    ...(classes === undefined ? {} : { classes }),
  };
}

/** The same document with another value of a directive. */
export function withDirective(project: Project, name: 'model' | 'classes', value: string): Project {
  const { text, document, path: file } = project;
  const span = document.directives.spans[name];
  const line = `@${name} ${value}`;
  const changed =
    span === undefined ? `${line}\n${text}` : text.slice(0, span.start) + line + text.slice(span.end);
  return openProject({ path: file, text: changed });
}

/** A name as one of a file. */
export function slug(name: string): string {
  return name.replace(/[^\p{L}\p{N}_.-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '') || 'unnamed';
}
