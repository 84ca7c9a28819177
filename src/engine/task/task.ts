import { createHash } from 'node:crypto';
import { counted } from '../../shared/format/count';
import type { Template } from '../../shared/template/syntax';
import { stratifiedFirst } from '../dataset/dataset-parts';
import type { FewShotDraw } from '../dataset/draw-shots';
import { fewerThanAsked } from '../dataset/draw-warnings';
import type { Part } from '../dataset/split';
import { type PreprocessSpec, preprocessingKey } from '../images/preprocess';
import { nearestClasses } from '../measure/nearest-classes';
import type { Classified } from '../measure/zero-shot';
import type { ClipModel } from '../models/parts/clip-model';
import type { OpenedModel } from '../models/shelf/opened-model';
import type { ClassList } from '../prompt/class-list';
import { ContextFiles } from './context-files';
import { DescribedTexts } from './described-texts';
import { type EncodedImages, encodedImages, joined, withoutRows } from './encoded-images';
import { GrowingFeatures } from './growing-features';
import { ImageEncoding, type TrainingView } from './image-encoding';
import { type Dataset, type DatasetImage, imagesOf } from './load-dataset';
import { type Featured, type NearDuplicate, nearDuplicates } from './near-duplicates';
import type { Project } from './open-project';
import { findLine, type PromptLine } from './prompt-lines';
import type { RecentFeatures } from './recent-features';
import { drawShots, type Shots, validationShotImages } from './shots';
import { type FilledRows, TextEncoding } from './text-encoding';
import type { TextFeatures } from './text-features';
import type { Work } from './work';

/** What a task holds that its document's templates do not change. */
interface Material {
  readonly encoding: ImageEncoding;
  readonly texts: TextEncoding;
  readonly parts: Readonly<Record<Part, GrowingFeatures>>;
  /** By count and seed: every method of a run asks for the same ones. */
  readonly draws: Map<string, FewShotDraw<DatasetImage>>;
  readonly shots: Map<string, Shots>;
  readonly copies: NearDuplicate[];
  /** What was said about the shots already. */
  readonly told: Set<string>;
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
    const preprocess: PreprocessSpec = { ...opened.model.preprocess, exif: project.document.directives.exif };
    const encoding = new ImageEncoding(opened, preprocess, dataset.folder);
    const growing = (images: readonly DatasetImage[]) => new GrowingFeatures(images, encoding);
    return new Task(project, dataset, opened, {
      encoding,
      texts: new TextEncoding(
        opened,
        dataset.classes,
        new ContextFiles(project.folder),
        new DescribedTexts(opened, dataset.classes, project.folder, recent),
        recent,
      ),
      parts: {
        pool: growing(imagesOf(dataset, 'pool')),
        // A part of them is an answer too, if it is a fair one.
        dev: growing(stratifiedFirst(imagesOf(dataset, 'dev'))),
        test: growing(imagesOf(dataset, 'test')),
      },
      draws: new Map(),
      shots: new Map(),
      copies: [],
      told: new Set(),
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

  /** Equal for equal numbers: model and precision, images, their parts, classes and preprocessing; sha256, hex. */
  get fingerprint(): string {
    const { hash, classesHash, partsHash } = this.dataset;
    const decides = [this.opened.numbers, hash, partsHash, classesHash, preprocessingKey(this.preprocess)];
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
   * The images that a seed learns from, at most `count` a class. Only they are encoded; one that turns out to be broken is
   * drawn again, and so are all when one is a copy of a dev or test image and these are grouped. What a seed draws does
   * not depend on what others drew before it, so that a resumed run and its report meet the same images.
   * @throws as `ImageEncoding.encode`
   */
  async shots(count: number, seed: number, work: Work = {}): Promise<Shots> {
    const { shots } = this.material;
    const key = `${count} ${seed}`;
    const drawn = shots.get(key) ?? (await this.drawnShots(count, seed, work));
    shots.set(key, drawn);
    return drawn;
  }

  /** What a seed draws where no image is broken and none passed over; as `drawShots`. */
  draw(count: number, seed: number): FewShotDraw<DatasetImage> {
    const { draws } = this.material;
    const key = `${count} ${seed}`;
    const draw = draws.get(key) ?? drawShots(this.dataset, count, seed);
    draws.set(key, draw);
    return draw;
  }

  /** Images of the pool that repeat a dev or test image, as far as `shots` found some. */
  get nearDuplicates(): readonly NearDuplicate[] {
    return this.material.copies;
  }

  /**
   * The images that what a seed learns is chosen on: the dev part, or of a published split the few that CoOp draws.
   * @throws as `ImageEncoding.encode`
   */
  async validation(count: number, seed: number, work: Work = {}): Promise<EncodedImages> {
    if (!this.dataset.published) return this.features('dev', work);
    const { val: images } = this.draw(count, seed);
    const { failed, ...rows } = await this.material.encoding.encode(images, work);
    return encodedImages(images, rows, failed);
  }

  /**
   * The few of them that a penalty or the like is chosen on: min(count, 4) a class, as in CoOp's few-shot protocol.
   * @throws as `ImageEncoding.encode`
   */
  async validationShots(count: number, seed: number, work: Work = {}): Promise<EncodedImages> {
    const all = await this.validation(count, seed, work);
    if (this.dataset.published) return all;
    const wanted = new Set(validationShotImages(this.dataset, count, seed));
    const others = [...all.images.keys()].filter(row => !wanted.has(all.images[row]!));
    return withoutRows(all, others);
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
  text(line: string | PromptLine, work: Work = {}): Promise<TextFeatures> {
    const asked = typeof line === 'string' ? findLine(this.project.document, line) : line;
    return this.material.texts.line(asked, work);
  }

  /** How many of these images the feature cache does not have. */
  notEncoded(images: readonly DatasetImage[], work: Work = {}): Promise<number> {
    return this.material.encoding.missing(images, work);
  }

  /** A line's text features as the tower gives them, not normalised, the mean over an ensemble's: [classes, E]. */
  rawText(line: PromptLine, signal?: AbortSignal): Promise<Float32Array> {
    return this.material.texts.raw(line, signal);
  }

  /** @throws as `TextEncoding.rows` */
  rows(template: Template): Promise<FilledRows> {
    return this.material.texts.rows(template);
  }

  /** Unit text features of a template's rows: [classes, E]. @throws as `TextEncoder.encode` */
  encodeRows(filled: FilledRows, work: Work = {}): Promise<Float32Array> {
    return this.material.texts.encode(filled, work);
  }

  /**
   * The classes that `answer` predicts, where nothing but these is needed: fast for many images and classes.
   * @param texts [classes, E] unit rows
   * @throws as `nearestClasses`
   */
  predictions(
    { features }: Pick<EncodedImages, 'features'>,
    texts: Float32Array,
    { signal, onProgress }: Work = {},
  ): Promise<Int32Array> {
    const total = features.length / this.model.embedWidth;
    return nearestClasses(features, texts, this.model.embedWidth, {
      signal,
      onProgress: done =>
        onProgress?.({ message: 'Comparing images with classes', done, total, unit: 'images' }),
    });
  }

  private async drawnShots(count: number, seed: number, work: Work): Promise<Shots> {
    const excluded = new Set<DatasetImage>();
    for (;;) {
      const { train: images } = drawShots(this.dataset, count, seed, excluded);
      const { features, pooled, failed } = await this.material.encoding.encode(images, work);
      if (failed.length > 0) {
        for (const { index } of failed) excluded.add(images[index]!);
        const [first] = failed;
        const others = failed.length === 1 ? '' : ` and ${failed.length - 1} more`;
        work.onWarning?.(
          `${images[first!.index]!.path}${others} cannot be read and is left out: ${first!.error.message}`,
        );
        continue;
      }
      const copies = await this.copies({ images, features }, work);
      const { given, grouped } = this.dataset;
      if (copies.length === 0 || !grouped) {
        const why = given ? 'The split is a given one' : 'The document keeps near-duplicates';
        this.note(copies, `${why}, so they stay.`, work);
        if (excluded.size > 0) this.noteFewer(images, count, work);
        return { images, labels: Int32Array.from(images, ({ label }) => label), features, pooled };
      }
      // Whoever copied one picture copied others: the whole pool is looked at once.
      const all = await this.copies(await this.features('pool', work), work);
      for (const { image } of all) excluded.add(image);
      this.note(all, 'They are not learned from.', work);
    }
  }

  private note(found: readonly NearDuplicate[], then: string, { onWarning }: Work): void {
    const known = new Set(this.material.copies.map(({ image }) => image));
    const fresh = found.filter(({ image }) => !known.has(image));
    const [first] = fresh;
    if (first === undefined) return;
    this.material.copies.push(...fresh);
    const images = `${counted(fresh.length, 'image')} to learn from ${fresh.length === 1 ? 'shows' : 'show'}`;
    onWarning?.(
      `${images} the same picture as a dev or test image, such as ${first.image.path} and ${first.of.path}. ${then}`,
    );
  }

  /** That shots are fewer since some images were passed over: once for all seeds of which it is as true. */
  private noteFewer(images: readonly DatasetImage[], count: number, { onWarning }: Work): void {
    const fewer = fewerThanAsked(images, this.classes.names, count);
    if (fewer === null || this.material.told.has(fewer)) return;
    this.material.told.add(fewer);
    onWarning?.(`Without the images that are passed over, ${fewer}`);
  }

  private async copies(asked: Featured, work: Work): Promise<NearDuplicate[]> {
    const [dev, test] = [await this.features('dev', work), await this.features('test', work)];
    const held = {
      images: [...test.images, ...dev.images],
      features: joined([test.features, dev.features]),
    };
    return nearDuplicates(asked, held, this.model.embedWidth, this.dataset.folder, this.preprocess, work);
  }

  /**
   * What text features answer about images, by the model's own rule.
   * @param texts [classes, E] unit rows
   */
  answer({ features }: Pick<EncodedImages, 'features'>, texts: Float32Array): Classified {
    return this.model.similarity.classify(features, texts);
  }
}
