import path from 'node:path';
import { counted } from '../../shared/format/count';
import type { DescriptorSource } from '../../shared/template/syntax';
import { classesHash } from '../dataset/dataset-parts';
import { classPrompts } from '../descriptors/class-prompts';
import { unitRows } from '../measure/unit-features';
import { fileStamps } from '../models/shelf/file-stamps';
import type { OpenedModel } from '../models/shelf/opened-model';
import type { ClassList } from '../prompt/class-list';
import { textRows } from '../prompt/text-rows';
import { promptTokens } from '../prompt/tokenizer';
import type { RecentFeatures } from './recent-features';
import type { TextFeatures } from './text-features';
import type { Work } from './work';

/** Text features of classes that have prompts of their own, from files beside a document. */
export class DescribedTexts {
  /** Said once, not by every line of a file. */
  private readonly told = new Set<string>();

  /** @param folder of the document */
  constructor(
    private readonly opened: OpenedModel,
    private readonly classes: ClassList,
    private readonly folder: string,
    private readonly recent: RecentFeatures,
  ) {}

  /**
   * Of each class the mean of its prompts' unit features, as a unit vector again (CuPL: Pratt et al., ICCV 2023,
   * classify_imagenet.py). Prompts that are too long are cut with EOT last, as there.
   * @param work told of classes that the document does not have, and of prompts that were cut
   * @throws CoopError as `classPrompts`; the signal's reason
   */
  async line(source: DescriptorSource, line: string, work: Work = {}): Promise<TextFeatures> {
    const { opened, classes, folder, recent } = this;
    const stamp = await fileStamps([path.resolve(folder, source.file)]);
    const key = JSON.stringify([opened.numbers, line, classesHash(classes), stamp]);
    const known = recent.get(key);
    if (known !== undefined) return known;
    const { prompts, note } = await classPrompts(source, folder, classes);
    if (note !== null) this.warn(note, work);
    const encoded = await this.encode(prompts, line, work);
    recent.set(key, encoded);
    return encoded;
  }

  private warn(note: string, { onWarning }: Work): void {
    if (this.told.has(note)) return;
    this.told.add(note);
    onWarning?.(note);
  }

  private async encode(
    prompts: readonly (readonly string[])[],
    line: string,
    work: Work,
  ): Promise<TextFeatures> {
    const { model, tokenizer, texts } = this.opened;
    const { embedWidth: width, contextLength } = model;
    const all = prompts.flatMap((list, label) =>
      list.map(text => ({ text, label, tokens: tokenizer.encode(text) })),
    );
    const rows = all.map(({ tokens }) => textRows(tokens, tokenizer, contextLength));
    const cut = all.filter(({ tokens }) => promptTokens(tokenizer, tokens).length > contextLength).length;
    if (cut > 0) {
      const are = cut === 1 ? ['has', 'is'] : ['have', 'are'];
      const note = `${counted(cut, 'prompt')} of ${line} ${are[0]} more than ${contextLength} tokens and ${are[1]} cut.`;
      this.warn(note, work);
    }
    const report = (done: number) =>
      work.onProgress?.({ message: 'Encoding descriptors', done, total: all.length, unit: 'prompts' });
    work.signal?.throwIfAborted();
    const features = unitRows(await texts.encode(rows, undefined, work.signal, report), width);
    const sums = new Float32Array(prompts.length * width);
    for (const [at, { label }] of all.entries())
      for (let e = 0; e < width; e++) sums[label * width + e]! += features[at * width + e]!;
    const tokens = rows.reduce((most, { length }) => Math.max(most, length), 0);
    const { text, label } = all[rows.findIndex(({ length }) => length === tokens)]!;
    return {
      features: unitRows(sums, width),
      longest: { tokens, className: this.classes.names[label]!, text },
    };
  }
}
