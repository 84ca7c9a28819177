import { createTextEncoder } from '../src/engine/models/encoders/text-encoder';
import { openModel } from '../src/engine/models/shelf/open-model';
import { type TemplateRows, templateRows } from '../src/engine/prompt/template-rows';
import { parseTemplate } from '../src/shared/template/parse-template';
import { publishedSet } from '../src/shared/template/published-sets';
import { shortNames } from './class-names';
import { median, seconds } from './timing';
import type { Torch } from './torch';

export interface TemplatesFigures {
  readonly prompts: number;
  readonly seconds: number;
  /** One edited template against all classes, with the session warm. */
  readonly editedSeconds: number;
  /** Of the edited template's rows. */
  readonly editedFlops: number;
  /** Prompts per second, each on all 77 rows. */
  readonly torchPromptsPerSecond: number | null;
}

/** 80 templates × 100 classes, and one template edited after them. */
export async function templatesBench(
  folder: string,
  threads: number,
  torch: Torch | null,
): Promise<TemplatesFigures> {
  const model = await openModel(folder);
  const tokenizer = await model.tokenizer();
  const names = shortNames(100);
  const rowsOf = (template: string): TemplateRows =>
    templateRows(parseTemplate(template).template!, { names, columns: new Map() }, tokenizer, {
      contextLength: model.contextLength,
    });
  const templates = publishedSet('imagenet80')!;
  const encoder = await createTextEncoder(model, { threads });
  await encoder.encode(rowsOf('warm {}').rows);
  const torchPrompts = rowsOf('a photo of a {}.')
    .rows.slice(0, 40)
    .map(rows => rows.map(row => (row.kind === 'token' ? row.id : 0)));
  const torchTimes: number[] = [];
  const measureTorch = async () => {
    if (torch !== null) torchTimes.push(await torch.time({ work: 'texts', prompts: torchPrompts }));
  };
  await measureTorch();
  torchTimes.length = 0;
  await measureTorch();
  const all = await seconds(async () => {
    for (const template of templates) await encoder.encode(rowsOf(template).rows);
  });
  await measureTorch();
  const edited: number[] = [];
  const template = 'a close-up photo of the {} in the snow.';
  for (let i = 0; i < 7; i++) edited.push(await seconds(() => encoder.encode(rowsOf(template).rows)));
  await encoder.release();
  return {
    prompts: templates.length * names.length,
    seconds: all,
    editedSeconds: median(edited),
    editedFlops: editedFlops(rowsOf(template), model.text.width, model.text.layers),
    torchPromptsPerSecond: torch === null ? null : torchPrompts.length / median(torchTimes),
  };
}

/** Matrix products of the template's distinct rows: 24 d² a row and layer; in the last layer of the EOT rows only. */
function editedFlops({ rows }: TemplateRows, width: number, layers: number): number {
  const paths = new Set<string>();
  for (const prompt of rows) {
    let path = '';
    for (const row of prompt) {
      path += row.kind === 'token' ? ` ${row.id}` : ' ?';
      paths.add(path);
    }
  }
  const lastLayer = paths.size * 4 * width ** 2 + rows.length * 20 * width ** 2;
  return (layers - 1) * paths.size * 24 * width ** 2 + lastLayer;
}
