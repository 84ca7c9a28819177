import { readDescriptorLine } from './descriptor-line';
import { type Fix, replaceBy } from './problem-fix';
import { publishedSet, publishedSetNames } from './published-sets';
import type { DescriptorSource, Directives, Problem, Span, SplitDirective } from './syntax';

/** The line a directive stands on. */
export interface DirectiveLine {
  /** Without outer blanks. */
  readonly span: Span;
  /** With its end. */
  readonly whole: Span;
  readonly afterTemplates: boolean;
  /** Where the document's text begins. */
  readonly top: number;
}

const NAMES = [
  'images',
  'model',
  'classes',
  'split',
  'targets',
  'preprocess',
  'baseline',
  'use',
  'descriptors',
  'waffle',
  'ensemble',
] as const;

type Writable<List extends readonly unknown[]> = List[number][];

/** Shots of the paper's main setting. */
const DEFAULT_SPLIT: SplitDirective = { kind: 'shots', shots: 16, seed: 1 };

/** Collects the file-wide settings of a document, each at most once and before the templates. */
export class DirectiveReader {
  private images: string | null = null;
  private model: string | null = null;
  private classes = 'auto';
  private subset: string | null = null;
  private targets: readonly string[] = [];
  private split = DEFAULT_SPLIT;
  private nearDuplicates: Directives['nearDuplicates'] = null;
  private exif = false;
  private readonly uses: { set: string; span: Span }[] = [];
  private readonly descriptors: Writable<Directives['descriptors']> = [];
  private readonly spans: Record<string, Span> = {};

  constructor(private readonly problems: Problem[]) {}

  read(name: string, value: string, line: DirectiveLine): void {
    const { span, whole, afterTemplates, top } = line;
    const remove: Fix = { title: 'Remove this line', span: whole, replace: '' };
    if (name === 'use') {
      this.use(value, span, remove);
      return;
    }
    if (name === 'descriptors' || name === 'waffle') {
      this.describe(name, value, span, remove);
      return;
    }
    if (!(NAMES as readonly string[]).includes(name)) {
      this.unknown(name, span);
      return;
    }
    if (this.spans[name] !== undefined) {
      this.fail(span, `@${name} stands twice.`, 'Keep one of the two lines.', remove);
      return;
    }
    if (afterTemplates) {
      this.fail(
        span,
        `@${name} stands after a template.`,
        'Settings of the whole file stand before its first template: move the line up.',
        {
          ...remove,
          title: 'Move it to the top',
          also: [{ span: { start: top, end: top }, replace: `${`@${name} ${value}`.trimEnd()}\n` }],
        },
      );
      return;
    }
    if (value === '') {
      this.fail(
        span,
        `@${name} has no value.`,
        EXAMPLES[name] ?? 'Give it one.',
        replaceBy(`@${name} ${USUAL[name]}`, span),
      );
      return;
    }
    this.spans[name] = span;
    switch (name) {
      case 'images':
        this.images = value;
        break;
      case 'model':
        this.model = value;
        break;
      case 'classes':
        this.readClasses(value);
        break;
      case 'targets':
        this.targets = foldersIn(value);
        break;
      case 'split':
        this.split = this.readSplit(this.withoutNearDuplicates(value), span);
        break;
      case 'preprocess':
        if (value === 'exif') this.exif = true;
        else
          this.fail(
            span,
            `@preprocess ${value} is not known.`,
            'The one value is “exif”: turn photos upright first.',
            replaceBy('@preprocess exif', span),
          );
        break;
    }
  }

  result(): Directives {
    const { images, model, classes, subset, targets, split, nearDuplicates, exif, uses, descriptors, spans } =
      this;
    return { images, model, classes, subset, targets, split, nearDuplicates, exif, uses, descriptors, spans };
  }

  /** `auto`, `FILE.csv`, `subset base`, `FILE.csv subset FILE.txt`. */
  private readClasses(value: string): void {
    const [, names, subset] = /^(?:(.+?)\s+)?subset\s+(.+)$/s.exec(value) ?? [];
    this.classes = subset === undefined ? value : (names ?? 'auto');
    this.subset = subset ?? null;
  }

  private use(value: string, span: Span, remove: Fix): void {
    const near = nearest(value, publishedSetNames, 3);
    if (publishedSet(value) !== undefined) this.uses.push({ set: value, span });
    else
      this.fail(
        span,
        `There is no published template set “${value}”.`,
        `Known sets: ${publishedSetNames.join(', ')}.`,
        near === undefined ? remove : replaceBy(`@use ${near}`, span),
      );
  }

  private describe(kind: DescriptorSource['kind'], value: string, span: Span, remove: Fix): void {
    const read = readDescriptorLine(kind, value);
    const line = `@${kind} ${value}`;
    if ('message' in read) this.fail(span, read.message, read.next, remove);
    else if (this.descriptors.some(known => known.line === line))
      this.fail(span, `${line} stands twice.`, 'Keep one of the two lines.', remove);
    else this.descriptors.push({ line, source: read.source, span });
  }

  /** What stands before `group near-duplicates` or `keep near-duplicates`, which are read here. */
  private withoutNearDuplicates(value: string): string {
    const [, before, word] = /^(.+?)\s+(group|keep)\s+near-duplicates$/s.exec(value) ?? [];
    if (word === 'group' || word === 'keep') this.nearDuplicates = word;
    return before ?? value;
  }

  private readSplit(value: string, span: Span): SplitDirective {
    const shots = /^shots\s+(\d+)(?:\s+seed\s+(\d+))?$/.exec(value);
    if (shots !== null && Number(shots[1]) > 0)
      return { kind: 'shots', shots: Number(shots[1]), seed: Number(shots[2] ?? 1) };
    if (value === 'folders') return { kind: 'folders' };
    const coop = /^coop\s+(.+?)(\s+partial)?$/s.exec(value);
    if (coop !== null) return { kind: 'coop', file: coop[1]!, partial: coop[2] !== undefined };
    const shares = /^(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)(?:\s+seed\s+(\d+))?$/.exec(value);
    if (shares !== null) {
      const [pool, dev, test] = [Number(shares[1]), Number(shares[2]), Number(shares[3])];
      if (pool > 0 && dev > 0 && test > 0)
        return { kind: 'fractions', pool, dev, test, seed: Number(shares[4] ?? 1) };
    }
    const [shotCount = '16', seed = '1'] = value.match(/[1-9]\d*/g) ?? [];
    const fix = replaceBy(`@split shots ${shotCount} seed ${seed}`, span);
    this.fail(span, `@split ${value} is not understood.`, EXAMPLES['split']!, fix);
    return DEFAULT_SPLIT;
  }

  private unknown(name: string, span: Span): void {
    const near = nearest(name, NAMES, 2);
    const nameSpan = { start: span.start, end: span.start + 1 + name.length };
    this.problems.push({
      severity: 'error',
      message: `@${name} is not known.`,
      next:
        near === undefined
          ? `Known are ${NAMES.map(known => `@${known}`).join(', ')}; write \\@ for an @ in the text.`
          : `Did you mean @${near}?`,
      span: nameSpan,
      fix:
        near === undefined
          ? { title: 'Make it a comment', span: { start: span.start, end: span.start }, replace: '# ' }
          : replaceBy(`@${near}`, nameSpan),
    });
  }

  private fail(span: Span, message: string, next: string, fix: Fix): void {
    this.problems.push({ severity: 'error', message, next, span, fix });
  }
}

/** Names with blanks stand in quotes. */
function foldersIn(value: string): readonly string[] {
  return [...value.matchAll(/"([^"]+)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
}

const EXAMPLES: Readonly<Record<string, string>> = {
  images: 'Write the folder, such as “@images ./images”.',
  model: 'Write a folder or a name, such as “@model openai/clip-vit-base-patch16”.',
  classes:
    'Write “@classes auto” for folder names, or a CSV file; “subset base”, “subset new” or “subset FILE.txt” after it takes some of them.',
  targets: 'Write folders with the same classes, such as “@targets ./sketches ./photos”.',
  split:
    'Write “@split shots 16 seed 1”, “@split folders”, “@split coop FILE.json” or “@split 40/20/40 seed 1”; “keep near-duplicates” or “group near-duplicates” may follow.',
  preprocess: 'The one value is “exif”: turn photos upright first.',
};

/** A value that is right in most documents. */
const USUAL: Readonly<Record<string, string>> = {
  images: './images',
  model: 'openai/clip-vit-base-patch16',
  classes: 'auto',
  split: 'shots 16 seed 1',
  targets: './sketches',
  preprocess: 'exif',
};

/** The known name closest to what was written, if it is at most `limit` letters away. */
function nearest(written: string, known: readonly string[], limit: number): string | undefined {
  const [best] = known
    .map(name => ({ name, away: distance(name, written.toLowerCase()) }))
    .filter(({ away }) => away <= limit)
    .sort((a, b) => a.away - b.away);
  return best?.name;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
