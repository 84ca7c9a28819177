import { createHash } from 'node:crypto';
import type { Template } from '../../shared/template/syntax';
import { stratifiedFirst } from '../dataset/dataset-parts';
import type { Part } from '../dataset/split';
import { type PreprocessSpec, preprocessingKey } from '../images/preprocess';
import { type Classified, classify } from '../measure/zero-shot';
import type { ClipModel } from '../models/parts/clip-model';
import type { OpenedModel } from '../models/shelf/opened-model';
import type { ClassList } from '../prompt/class-list';
import { ContextFiles } from './context-files';
import type { EncodedImages } from './encoded-images';
import { GrowingFeatures } from './growing-features';
import { ImageEncoding, type TrainingView } from './image-encoding';
import { type Dataset, type DatasetImage, imagesOf } from './load-dataset';
import type { Project } from './open-project';
import { findLine, type PromptLine } from './prompt-lines';
import type { RecentFeatures } from './recent-features';
import { type Shots, shotImages } from './shots';
import { type FilledRows, TextEncoding } from './text-encoding';
import type { TextFeatures } from './text-features';
import type { Work } from './work';

/** What a task holds that its document's templates do not change. */
interface Material {
  readonly encoding: ImageEncoding;
  readonly texts: TextEncoding;
  readonly parts: Readonly<Record<Part, GrowingFeatures>>;
  /** Images of the pool that turned out to be no image. */
  readonly broken: Set<DatasetImage>;
}

/** A document with its images, its classes and its model, opened once: what every job and every method works on. */
export class Task {
  private constructor(
    readonly project: Project,
    readonly dataset: Dataset,
    readonly opened: OpenedModel,
    private readonly material: Material,
  ) {}

  static of(project: Project, dataset: Dataset, opened: OpenedModel, recent: RecentFeatures): Task {
    const { model } = opened;
    const preprocess: PreprocessSpec = { ...model.preprocess, exif: project.document.directives.exif };
    const encoding = new ImageEncoding(opened, preprocess, dataset.folder);
    const growing = (images: readonly DatasetImage[]) =>
      new GrowingFeatures(images, model.embedWidth, encoding);
    return new Task(project, dataset, opened, {
      encoding,
      texts: new TextEncoding(opened, dataset.classes, new ContextFiles(project.folder), recent),
      parts: {
        pool: growing(imagesOf(dataset, 'pool')),
        // A part of them is an answer too, if it is a fair one.
        dev: growing(stratifiedFirst(imagesOf(dataset, 'dev'))),
        test: growing(imagesOf(dataset, 'test')),
      },
      broken: new Set(),
    });
  }

  /** The same images, classes and model under another text of the document. */
  withDocument(project: Project): Task {
    return new Task(project, this.dataset, this.opened, this.material);
  }

  get model(): ClipModel {
    return this.opened.model;
  }

  get classes(): ClassList {
    return this.dataset.classes;
  }

  get preprocess(): PreprocessSpec {
    return this.material.encoding.preprocess;
  }

  /** Equal for equal numbers: model, images, their parts, classes and preprocessing; sha256, hex. */
  get fingerprint(): string {
    const { hash, classesHash, partsHash } = this.dataset;
    const decides = [this.opened.hash, hash, partsHash, classesHash, preprocessingKey(this.preprocess)];
    return createHash('sha256').update(decides.join('\n')).digest('hex');
  }

  /** Images of a part: dev in a stratified order, the others as they were found. */
  images(part: Part): readonly DatasetImage[] {
    return this.material.parts[part].images;
  }

  /**
   * The first images of a part with their features, all by default; what was encoded is kept for the next request.
   * @throws as `ImageEncoding.encode`
   */
  features(part: Part, work: Work = {}, count?: number): Promise<EncodedImages> {
    return this.material.parts[part].first(count, work);
  }

  /**
   * The images that a seed learns from, at most `count` a class. Only they are encoded, and one that turns out to be
   * broken is drawn again.
   * @throws as `ImageEncoding.encode`
   */
  async shots(count: number, seed: number, work: Work = {}): Promise<Shots> {
    const { encoding, broken } = this.material;
    for (;;) {
      const images = shotImages(this.dataset, count, seed, broken);
      const { features, failed } = await encoding.encode(images, work);
      const [first] = failed;
      if (first === undefined)
        return { images, labels: Int32Array.from(images, ({ label }) => label), features };
      for (const { index } of failed) broken.add(images[index]!);
      const others = failed.length === 1 ? '' : ` and ${failed.length - 1} more`;
      work.onWarning?.(
        `${images[first.index]!.path}${others} cannot be read and is left out: ${first.error.message}`,
      );
    }
  }

  /**
   * Features of a random view of images: [images, E].
   * @throws CoopError of the first image that cannot be read any more; as `ImageEncoding.encode`
   */
  async views(images: readonly DatasetImage[], view: TrainingView, work: Work = {}): Promise<Float32Array> {
    const { features, failed } = await this.material.encoding.encode(images, work, view);
    const [first] = failed;
    if (first !== undefined) throw first.error;
    return features;
  }

  /** @throws CoopError `template.syntax`; as `TextEncoding.line` */
  text(line: string | PromptLine, signal?: AbortSignal): Promise<TextFeatures> {
    const asked = typeof line === 'string' ? findLine(this.project.document, line) : line;
    return this.material.texts.line(asked, signal);
  }

  /** @throws as `TextEncoding.rows` */
  rows(template: Template): Promise<FilledRows> {
    return this.material.texts.rows(template);
  }

  /** Unit text features of a template's rows: [classes, E]. @throws as `TextEncoder.encode` */
  encodeRows(filled: FilledRows, signal?: AbortSignal): Promise<Float32Array> {
    return this.material.texts.encode(filled, signal);
  }

  /**
   * What text features answer about images, by CLIP's rule.
   * @param texts [classes, E] unit rows
   */
  answer({ features }: Pick<EncodedImages, 'features'>, texts: Float32Array): Classified {
    return classify(features, texts, this.model.embedWidth, this.model.logitScale);
  }
}
