import { parseTemplate } from './parse-template';
import type { DescriptorSource, Segment, Template } from './syntax';

/** Columns that a class's descriptor stands in: as it is, or made a clause (“which has a long tail”). */
export const DESCRIPTOR_COLUMNS = ['descriptor', 'which_descriptor'] as const;

/** Where the authors of WaffleCLIP put their random words, with a small letter as everywhere here. */
export const WAFFLE_TEMPLATE = 'a photo of a {}, {which_descriptor}.';

export type ReadDescriptorLine =
  | { readonly source: DescriptorSource }
  | { readonly message: string; readonly next: string };

const EXAMPLE = {
  descriptors: 'Write “@descriptors FILE.json”, or “@descriptors FILE.json template {}, {which_descriptor}”.',
  waffle: 'Write “@waffle FILE.json”, perhaps with “seed 2” and “template …” after it.',
};

/** `FILE.json`, `FILE.json template {}, {descriptor}`; of `@waffle` also `FILE.json seed 2 template …`. */
export function readDescriptorLine(kind: DescriptorSource['kind'], value: string): ReadDescriptorLine {
  const [, head = value, written] = /^(.*?)(?:^|\s+)template(?:\s+(.*))?$/s.exec(value) ?? [];
  const [, named = head, seed] = kind === 'waffle' ? (/^(.*?)\s+seed\s+(\d+)$/s.exec(head) ?? []) : [];
  const file = named.trim();
  if (file === '') return { message: `@${kind} names no file.`, next: EXAMPLE[kind] };
  const asked = written === undefined && value === head ? null : (written ?? '');
  const template = asked === null && kind === 'waffle' ? WAFFLE_TEMPLATE : asked;
  if (template === null) return { source: { kind, file, template: null, seed: 1 } };
  const read = templateOf(template);
  return 'message' in read
    ? read
    : { source: { kind, file, template: read, seed: seed === undefined ? 1 : Number(seed) } };
}

function templateOf(text: string): Template | { readonly message: string; readonly next: string } {
  const { template, problems } = parseTemplate(text);
  if (template === null) {
    const [problem] = problems;
    return { message: problem!.message, next: problem!.next };
  }
  const slot = template.segments.find(({ kind }) => !['text', 'class', 'column'].includes(kind));
  if (slot !== undefined)
    return {
      message: 'A template of descriptors takes words, the class name and columns only.',
      next: 'Take the slot out of it.',
    };
  if (template.segments.some(isDescriptor)) return template;
  return {
    message: 'The template has no place for a descriptor.',
    next: 'Write {descriptor} where it belongs, or {which_descriptor} for “which has …”.',
  };
}

const isDescriptor = (segment: Segment) =>
  segment.kind === 'column' && DESCRIPTOR_COLUMNS.some(name => name === segment.name);
