import type { FIGURES } from '../../shared/contracts/experiment';
import { DEFAULT_LAYOUT } from '../../shared/template/learn-layout';
import { parseTemplate } from '../../shared/template/parse-template';
import { isPlain } from '../../shared/template/syntax';
import { contextFamily, learnedVectors } from './figures/context-family';
import type { OpenedExperiment } from './read-experiment';

type Grid = Pick<OpenedExperiment, 'spec' | 'tasks' | 'prompts' | 'methods' | 'shots'>;
type FigureName = (typeof FIGURES)[number];

/** Of the figures that an experiment asks for by name, those that its grid has no axis for: a sentence each. */
export function missingAxes({ spec, tasks, prompts, methods, shots }: Grid): string[] {
  const [counts, models] = [new Set(shots), new Set(tasks.map(({ model }) => model))];
  const learned =
    prompts.length + methods.length > 0
      ? null
      : 'a layout in “prompts” or a method in “methods”, and the grid has none';
  const missing: Readonly<Record<FigureName, string | null>> = {
    curves:
      learned ??
      (counts.size > 1 ? null : `several numbers of “shots”, and the grid has ${[...counts].join()} alone`),
    gains: prompts.length > 0 ? null : 'a layout in “prompts”, and the grid has none',
    'context-length': hasLengths(prompts)
      ? null
      : 'layouts in “prompts” that differ in their number of vectors alone, such as “[V:4] {}.” and “[V:16] {}.”',
    backbones: learned ?? (models.size > 1 ? null : 'several “models”, and the grid has one'),
  };
  return [...new Set(spec.figures)].flatMap(name =>
    missing[name] === null ? [] : [`The figure “${name}” is not drawn: it needs ${missing[name]}.`],
  );
}

function hasLengths(prompts: Grid['prompts']): boolean {
  const lengths = new Map<string, number>();
  return prompts.some(({ layout: asked }) => {
    const parsed = parseTemplate(asked).template;
    if (parsed === null) return false;
    const layout = isPlain(parsed) ? DEFAULT_LAYOUT : asked;
    const template = parseTemplate(layout).template!;
    const [family, vectors] = [contextFamily(layout), learnedVectors(template)];
    const other = lengths.get(family);
    lengths.set(family, vectors);
    return other !== undefined && other !== vectors;
  });
}
