import { CoopError } from '../../shared/errors';
import { datasetHash } from '../dataset/dataset-parts';
import { matchClasses } from '../dataset/match-classes';
import { answersAmong } from '../measure/restricted-answers';
import type { Classified } from '../measure/zero-shot';
import { scanImages } from '../published/scan-images';
import type { EncodedImages } from './encoded-images';
import { GrowingFeatures } from './growing-features';
import { ImageEncoding } from './image-encoding';
import type { Task } from './task';
import type { Work } from './work';

/**
 * A whole folder of images that a task's prompts are tried on, not learned from: every image of it, whatever its part.
 * Labels are indices into its `classes`, which may be fewer than the task's (200 of ImageNet's thousand).
 */
export class Target {
  private constructor(
    readonly folder: string,
    /** Names, in the order of the task's labels. */
    readonly classes: readonly string[],
    /** Label of each in the task. */
    private readonly kept: readonly number[],
    private readonly growing: GrowingFeatures,
    /** Over classes and bytes of its images; sha256, hex. */
    readonly hash: string,
  ) {}

  /**
   * Looks at folder and classes only: nothing is encoded yet.
   * @throws CoopError as `scanImages` and `matchClasses`; `classes.one` for fewer than two classes
   */
  static async open(task: Task, folder: string, work: Work = {}): Promise<Target> {
    const { signal, onProgress } = work;
    const scan = await scanImages(folder, {
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    const { sourceOf, kept } = matchClasses(task.dataset.scan.classes, scan.classes, folder);
    if (kept.length < 2)
      throw new CoopError('classes.one', `${folder} has ${kept.length} of the document’s classes.`, {
        subject: folder,
        next: 'A target needs two classes at least, each in a folder of its own.',
      });
    const place = new Map(kept.map((label, at) => [label, at]));
    const images = scan.images.map(({ path, label, hash }) => ({
      path,
      label: place.get(sourceOf[label]!)!,
      hash,
      part: 'test' as const,
    }));
    const encoding = new ImageEncoding(task.opened, task.preprocess, scan.folder);
    const classes = kept.map(label => task.classes.names[label]!);
    const growing = new GrowingFeatures(images, encoding);
    return new Target(scan.folder, classes, kept, growing, datasetHash(images, classes));
  }

  /** @throws as `ImageEncoding.encode` */
  features(work: Work = {}): Promise<EncodedImages> {
    return this.growing.first(undefined, work);
  }

  /** What an answer about these images is when it can only be one of the target's classes. @param all over the task's classes */
  answer(all: Classified): Classified {
    return answersAmong(all, this.kept);
  }
}
