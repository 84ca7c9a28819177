import type { Template } from '../../shared/template/syntax';
import {
  checkContext,
  contextFile,
  contextVector,
  type LearnedContext,
  readContext,
} from '../contexts/learned-context';
import type { ClassList } from '../prompt/class-list';
import type { RowEmbeddings } from '../prompt/embed-rows';
import { type TemplateRows, templateRows } from '../prompt/template-rows';
import { ensembleFeatures, unitRows } from '../score/unit-features';
import type { OpenedModel } from './opened-model';
import type { PromptLine } from './prompt-lines';

export interface TextFeatures {
  /** [classes, E], unit rows. */
  readonly features: Float32Array;
  /** The longest prompt in tokens, SOT and EOT included, and the class it belongs to. */
  readonly longest: { readonly tokens: number; readonly className: string };
}

/**
 * One unit vector per class for a line: a template's text feature, or the renormalised mean over an ensemble's.
 * @throws CoopError `template.tooLong`, `template.column`, `context.missing`, `context.mismatch`
 */
export async function textFeatures(
  opened: OpenedModel,
  line: PromptLine,
  classes: ClassList,
  documentFolder: string,
): Promise<TextFeatures> {
  const encoder = await opened.textEncoder();
  const parts: Float32Array[] = [];
  let longest = { tokens: 0, className: '' };
  for (const template of line.templates) {
    const { rows, fixedVector } = await rowsWithContexts(opened, template, classes, documentFolder);
    for (const [label, { length }] of rows.rows.entries())
      if (length > longest.tokens) longest = { tokens: length, className: classes.names[label]! };
    parts.push(unitRows(await encoder.encode(rows.rows, fixedVector), opened.model.embedWidth));
  }
  return { features: ensembleFeatures(parts, opened.model.embedWidth), longest };
}

/** The rows of a template, and the vectors of the learned contexts it refers to. */
export async function rowsWithContexts(
  opened: OpenedModel,
  template: Template,
  classes: ClassList,
  documentFolder: string,
): Promise<{ readonly rows: TemplateRows; readonly fixedVector: RowEmbeddings['fixedVector'] }> {
  const contexts = new Map<string, LearnedContext>();
  for (const segment of template.segments) {
    if (segment.kind !== 'learned') continue;
    const context =
      contexts.get(segment.name) ?? (await readContext(contextFile(documentFolder, segment.name)));
    const { model, hash } = opened;
    checkContext(
      context,
      segment.name,
      { hash, width: model.text.width, id: model.id },
      classes.names,
      segment.slot,
    );
    contexts.set(segment.name, context);
  }
  const rows = templateRows(template, classes, opened.tokenizer, {
    contextLength: opened.model.contextLength,
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
