import {
  checkContext,
  contextFile,
  contextVector,
  type LearnedContext,
  readContext,
} from '../../files/contexts/learned-context';
import { renderTemplate } from '../../shared/template/layout-pieces';
import type { Template } from '../../shared/template/syntax';
import { classesHash } from '../dataset/dataset-parts';
import { ensembleFeatures, unitRows } from '../measure/unit-features';
import type { OpenedModel } from '../models/shelf/opened-model';
import { type ClassList, columnsOf } from '../prompt/class-list';
import type { RowEmbeddings } from '../prompt/embed-rows';
import { type TemplateRows, templateRows } from '../prompt/template-rows';
import type { PromptLine } from './prompt-lines';

export interface TextFeatures {
  /** [classes, E], unit rows. */
  readonly features: Float32Array;
  /** The longest prompt in tokens, SOT and EOT included, the class it belongs to, and how it reads. */
  readonly longest: LongestPrompt;
}

export interface LongestPrompt {
  readonly tokens: number;
  readonly className: string;
  readonly text: string;
}

/**
 * One unit vector per class for a line: a template's text feature, or the renormalised mean over an ensemble's.
 * @throws CoopError `template.tooLong`, `template.column`, `context.missing`, `context.mismatch`; the signal's reason
 */
export async function textFeatures(
  opened: OpenedModel,
  line: PromptLine,
  classes: ClassList,
  documentFolder: string,
  signal?: AbortSignal,
): Promise<TextFeatures> {
  const parts: TextFeatures[] = [];
  for (const template of line.templates) {
    signal?.throwIfAborted();
    parts.push(await templateFeatures(opened, template, classes, documentFolder, signal));
  }
  return {
    features: ensembleFeatures(
      parts.map(({ features }) => features),
      opened.model.embedWidth,
    ),
    longest: parts.map(({ longest }) => longest).reduce((a, b) => (b.tokens > a.tokens ? b : a)),
  };
}

async function templateFeatures(
  opened: OpenedModel,
  template: Template,
  classes: ClassList,
  documentFolder: string,
  signal: AbortSignal | undefined,
): Promise<TextFeatures> {
  // A learned context's file may change under its name; words cannot.
  const fixed = template.segments.every(({ kind }) => kind !== 'learned');
  const key = JSON.stringify([template.line, classesHash(classes)]);
  const known = fixed ? opened.templateFeatures.get(key) : undefined;
  if (known !== undefined) return known;
  const encoder = await opened.textEncoder();
  const { rows, fixedVector } = await rowsWithContexts(opened, template, classes, documentFolder);
  const lengths = rows.rows.map(({ length }) => length);
  const tokens = lengths.reduce((a, b) => Math.max(a, b), 0);
  const label = lengths.indexOf(tokens);
  const className = classes.names[label]!;
  const encoded = {
    features: unitRows(await encoder.encode(rows.rows, fixedVector, signal), opened.model.embedWidth),
    longest: { tokens, className, text: renderTemplate(template, className, columnsOf(classes, label)) },
  };
  if (fixed) opened.templateFeatures.set(key, encoded);
  return encoded;
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
