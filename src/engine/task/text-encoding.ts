import { checkContext, contextVector, type LearnedContext } from '../../files/contexts/learned-context';
import { renderTemplate } from '../../shared/template/layout-pieces';
import type { Template } from '../../shared/template/syntax';
import { classesHash } from '../dataset/dataset-parts';
import { EnsembleMean, unitRows } from '../measure/unit-features';
import type { OpenedModel } from '../models/shelf/opened-model';
import { type ClassList, columnsOf } from '../prompt/class-list';
import type { RowEmbeddings } from '../prompt/embed-rows';
import { type TemplateRows, templateRows } from '../prompt/template-rows';
import type { ContextFiles } from './context-files';
import type { DescribedTexts } from './described-texts';
import type { PromptLine } from './prompt-lines';
import type { RecentFeatures } from './recent-features';
import type { LongestPrompt, TextFeatures } from './text-features';
import type { Work } from './work';

/** The rows of a template, and the vectors of the learned contexts it refers to. */
export interface FilledRows {
  readonly rows: TemplateRows;
  readonly fixedVector: RowEmbeddings['fixedVector'];
}

/** From so many on a template takes long enough to be followed. */
const MANY_CLASSES = 2000;

/** Text features of prompts for one list of classes by one model's tower. */
export class TextEncoding {
  private readonly classesKey: string;

  constructor(
    private readonly opened: OpenedModel,
    private readonly classes: ClassList,
    private readonly contexts: ContextFiles,
    private readonly described: DescribedTexts,
    private readonly recent: RecentFeatures,
  ) {
    this.classesKey = classesHash(classes);
  }

  /**
   * One unit vector per class for a line: a template's text feature, or the renormalised mean over an ensemble's or over a
   * class's own prompts.
   * @throws CoopError `template.tooLong`, `template.column`, `context.missing`, `context.mismatch`; as `DescribedTexts.line`
   */
  async line({ templates, source, line }: PromptLine, work: Work = {}): Promise<TextFeatures> {
    if (source !== null) return this.described.line(source, line, work);
    const mean = new EnsembleMean(this.opened.model.embedWidth);
    let longest: LongestPrompt | null = null;
    for (const template of templates) {
      work.signal?.throwIfAborted();
      const part = await this.template(template, work);
      mean.add(part.features);
      if (longest === null || part.longest.tokens > longest.tokens) longest = part.longest;
    }
    return { features: mean.features(), longest: longest! };
  }

  /**
   * A template's rows for every class.
   * @throws CoopError `template.tooLong`, `template.column`, `context.missing`, `context.mismatch`
   */
  async rows(template: Template): Promise<FilledRows> {
    const { model, hash, tokenizer } = this.opened;
    const contexts = new Map<string, LearnedContext>();
    for (const segment of template.segments) {
      if (segment.kind !== 'learned') continue;
      const { name, slot } = segment;
      const context = contexts.get(name) ?? (await this.contexts.read(name));
      checkContext(context, name, { hash, width: model.text.width, id: model.id }, this.classes.names, slot);
      contexts.set(name, context);
    }
    const rows = templateRows(template, this.classes, tokenizer, {
      contextLength: model.contextLength,
      learned: (name, slot) => contexts.get(name)!.slots[slot - 1]!,
    });
    return {
      rows,
      fixedVector: (slot, vector, classIndex) => {
        const { name, slot: number } = rows.slots[slot]!.context!;
        return contextVector(contexts.get(name)!, number, vector, classIndex);
      },
    };
  }

  /** Unit text features of rows: [classes, E]. */
  async encode({ rows, fixedVector }: FilledRows, { signal, onProgress }: Work = {}): Promise<Float32Array> {
    const total = rows.rows.length;
    const report = (done: number) =>
      onProgress?.({ message: 'Encoding prompts', done, total, unit: 'classes' });
    const features = await this.opened.texts.encode(
      rows.rows,
      fixedVector,
      signal,
      total < MANY_CLASSES ? undefined : report,
    );
    return unitRows(features, this.opened.model.embedWidth);
  }

  /**
   * Text features of a line as the tower gives them, the mean over an ensemble's: [classes, E].
   * @throws as `line`
   */
  async raw({ templates, line }: PromptLine, signal?: AbortSignal): Promise<Float32Array> {
    if (templates.length === 0) throw new Error(`${line} has no templates`);
    const sum = new Float32Array(this.classes.names.length * this.opened.model.embedWidth);
    for (const template of templates) {
      const { rows, fixedVector } = await this.rows(template);
      const features = await this.opened.texts.encode(rows.rows, fixedVector, signal);
      for (const [i, value] of features.entries()) sum[i]! += value / templates.length;
    }
    return sum;
  }

  private async template(template: Template, work: Work): Promise<TextFeatures> {
    const names = template.segments.flatMap(segment => (segment.kind === 'learned' ? [segment.name] : []));
    // A learned context's file may change under its name.
    const stamps = await Promise.all(names.map(name => this.contexts.stamp(name)));
    const key = JSON.stringify([this.opened.numbers, template.line, this.classesKey, ...stamps]);
    const known = this.recent.get(key);
    if (known !== undefined) return known;
    const filled = await this.rows(template);
    const lengths = filled.rows.rows.map(({ length }) => length);
    const tokens = lengths.reduce((a, b) => Math.max(a, b), 0);
    const label = lengths.indexOf(tokens);
    const className = this.classes.names[label]!;
    const encoded: TextFeatures = {
      features: await this.encode(filled, work),
      longest: {
        tokens,
        className,
        text: renderTemplate(template, className, columnsOf(this.classes, label)),
      },
    };
    this.recent.set(key, encoded);
    return encoded;
  }
}
