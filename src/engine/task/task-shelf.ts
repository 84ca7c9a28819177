import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Precision } from '../../shared/contracts/precision';
import { changedSince, fileStamps } from '../models/shelf/file-stamps';
import { ModelShelf, type OpenedModel, type ShelfOptions } from '../models/shelf/opened-model';
import { type Dataset, loadDataset, subsetPath } from './load-dataset';
import { imagesPath, modelFolder, type Project } from './open-project';
import { RecentFeatures } from './recent-features';
import { Task } from './task';
import type { Work } from './work';

interface Loaded {
  readonly task: Task;
  /** Files and folders the task was read from. */
  readonly watched: readonly string[];
  /** Theirs; null when one changed while they were read. */
  readonly stamp: string | null;
}

interface Shelved {
  readonly loading: Promise<Loaded>;
  changed: boolean;
}

/** Tasks a window has open; a document has one until its directives change. */
const MAX_TASKS = 8;

/**
 * Tasks of a process, opened once. A task is used again until something it read changed: its folders, lists and model are
 * looked at before each use, and an image written over in place is told by `changed`.
 */
export class TaskShelf {
  readonly models: ModelShelf;
  private readonly recent = new RecentFeatures();
  private readonly shelved = new Map<string, Shelved>();

  constructor(options: ShelfOptions = {}) {
    this.models = new ModelShelf(options);
  }

  /** @throws CoopError as `loadDataset` and `ModelShelf.open`; the signal's reason */
  async open(project: Project, work: Work = {}): Promise<Task> {
    const opened = await this.model(project);
    const key = keyOf(project, opened.precision);
    const known = this.shelved.get(key);
    const task = known === undefined ? null : await this.usable(key, known, opened, work);
    const found = task ?? (await this.load(key, project, opened, work));
    // Another request may have done the work of this one, which was cancelled meanwhile.
    work.signal?.throwIfAborted();
    return found.withDocument(project);
  }

  /** @throws CoopError as `ModelShelf.open` */
  model(project: Project): Promise<OpenedModel> {
    return this.models.open(modelFolder(project), project.document.directives.model!, project.precision);
  }

  /** Forgets what was found below these places (absolute paths), or everything: the next use reads it again. */
  changed(places: readonly string[] | null = null): void {
    for (const [key, shelved] of this.shelved) {
      const { images } = JSON.parse(key) as Key;
      const touches = (place: string) => isBelow(place, images) || isBelow(images, place);
      if (places === null || places.some(touches)) shelved.changed = true;
    }
  }

  /** The task as it is known, unless something it stands on changed; null then. */
  private async usable(
    key: string,
    shelved: Shelved,
    opened: OpenedModel,
    { signal }: Work,
  ): Promise<Task | null> {
    try {
      const { task, watched, stamp } = await shelved.loading;
      if (!shelved.changed && task.opened === opened && (await fileStamps(watched)) === stamp) return task;
    } catch {
      // Whoever loaded it was told; it may have been cancelled, which is no answer for this request.
      signal?.throwIfAborted();
    }
    if (this.shelved.get(key) === shelved) this.shelved.delete(key);
    return null;
  }

  private async load(key: string, project: Project, opened: OpenedModel, work: Work): Promise<Task> {
    const loading = this.read(project, opened, work);
    this.shelved.delete(key);
    this.shelved.set(key, { loading, changed: false });
    loading.catch(() => {
      if (this.shelved.get(key)?.loading === loading) this.shelved.delete(key);
    });
    for (const oldest of this.shelved.keys()) {
      if (this.shelved.size <= MAX_TASKS) break;
      this.shelved.delete(oldest);
    }
    return (await loading).task;
  }

  private async read(project: Project, opened: OpenedModel, work: Work): Promise<Loaded> {
    const started = Date.now();
    const dataset = await loadDataset(project, work);
    const watched = await watchedBy(project, dataset);
    const stamp = (await changedSince(watched, started)) ? null : await fileStamps(watched);
    return { task: Task.of(project, dataset, opened, this.recent), watched, stamp };
  }
}

interface Key {
  readonly images: string;
}

/** What of a document a task depends on. */
function keyOf(project: Project, precision: Precision): string {
  const { classes, subset, split, exif, model } = project.document.directives;
  const { folder } = project;
  return JSON.stringify({
    images: imagesPath(project),
    folder,
    classes,
    subset,
    split,
    exif,
    model,
    precision,
  });
}

/** The files and folders whose stamps change when images, lists or names do. */
async function watchedBy(project: Project, dataset: Dataset): Promise<string[]> {
  const { folder, document } = project;
  const { classes, subset, split } = document.directives;
  const watched = new Set<string>([dataset.folder, imagesPath(project)]);
  for (const { path: image } of dataset.images)
    for (let at = path.dirname(image); at !== '.' && at !== '/'; at = path.dirname(at))
      watched.add(path.join(dataset.folder, at));
  const tops = await readdir(dataset.folder, { withFileTypes: true }).catch(() => []);
  for (const entry of tops) if (!entry.isFile()) watched.add(path.join(dataset.folder, entry.name));
  if (classes !== 'auto') watched.add(path.resolve(folder, classes));
  if (subset !== null && subset !== 'base' && subset !== 'new') watched.add(subsetPath(folder, subset));
  if (split.kind === 'coop') watched.add(path.resolve(folder, split.file));
  if (dataset.scan.split !== undefined) watched.add(dataset.scan.split.file);
  return [...watched];
}

function isBelow(place: string, folder: string): boolean {
  const inside = path.relative(folder, place);
  return inside === '' || !(inside.startsWith('..') || path.isAbsolute(inside));
}
