import type { RowEmbeddings } from '../../prompt/embed-rows';
import type { PromptRows } from '../../prompt/prompt-rows';
import type { SessionOptions } from '../../runtime/session';
import { modelUnsupported } from '../parts/model-error';
import type { TextSession, TextTower } from '../parts/text-tower';
import { type OnnxSession, openOnnx } from './onnx-session';

const IDS = 'input_ids';
const MASK = 'attention_mask';

/** Why no learned vector enters an ONNX tower. */
export const ONNX_REFUSAL =
  'its text tower is an ONNX file, which takes token ids: learned vectors cannot be put among its words, nor gradients taken through it';

export interface OnnxTextOptions {
  readonly width: number;
  readonly outputs: readonly string[];
  /** Every prompt is filled up to so many tokens, to which the others attend; null: none is. */
  readonly filledTo: number | null;
  readonly padding: () => Promise<number>;
  /** Whether each prompt is run alone (OnnxFiles.alone). */
  readonly alone: boolean;
}

/** A text tower as an ONNX file: it encodes prompts of words alone. */
export class OnnxTextTower implements TextTower {
  readonly refusal = ONNX_REFUSAL;
  /** No vectors enter it. */
  readonly width = 0;
  readonly layers = 0;

  constructor(
    private readonly file: string,
    private readonly options: OnnxTextOptions,
  ) {}

  paddedRows(length: number): number {
    return this.options.filledTo ?? length;
  }

  async open(options: SessionOptions): Promise<TextSession> {
    const { outputs, width } = this.options;
    const tower = await openOnnx(this.file, { input: IDS, type: 'int64', outputs }, options);
    return {
      device: tower.session.device,
      encode: async (prompts: readonly PromptRows[], _embeddings: RowEmbeddings) => {
        const ids = prompts.map(prompt => this.idsOf(prompt));
        const out = new Float32Array(ids.length * width);
        // Prompts of one length at a time: so nothing is filled up that the file does not fill up itself.
        const lengths = new Map<number, number[]>();
        for (const [at, { length }] of ids.entries())
          lengths.set(length, [...(lengths.get(length) ?? []), at]);
        for (const [length, places] of lengths) {
          const features = await this.run(
            tower,
            length,
            places.map(at => ids[at]!),
          );
          for (const [row, at] of places.entries())
            out.set(features.subarray(row * width, (row + 1) * width), at * width);
        }
        return out;
      },
      release: () => tower.session.release(),
    };
  }

  /** There are no steps. */
  stepRows(): number {
    return 0;
  }

  guessedStepRows(): number {
    return 0;
  }

  async learned(): Promise<never> {
    throw modelUnsupported(this.file, ONNX_REFUSAL);
  }

  private idsOf(prompt: PromptRows): number[] {
    return prompt.map(key => {
      if (key.kind === 'token') return key.id;
      throw modelUnsupported(this.file, ONNX_REFUSAL);
    });
  }

  /** Features of prompts of one length: [prompts, E]. */
  private async run(tower: OnnxSession, length: number, prompts: readonly number[][]): Promise<Float32Array> {
    const { filledTo, width, alone } = this.options;
    const fixed = tower.axis(IDS, 1);
    const rows = filledTo ?? fixed ?? length;
    if (rows < length)
      throw modelUnsupported(this.file, `it reads ${rows} tokens, and a prompt has ${length}`);
    const padding = rows > length ? await this.options.padding() : 0;
    const perRun = tower.axis(IDS, 0) ?? (alone ? 1 : prompts.length);
    const out = new Float32Array(prompts.length * width);
    for (let start = 0; start < prompts.length; start += perRun) {
      const part = prompts.slice(start, start + perRun);
      const shape = [perRun, rows];
      const data = new Int32Array(perRun * rows).fill(padding);
      // Of a tower that is trained with what fills up, it counts.
      const mask = new Int32Array(perRun * rows).fill(filledTo === null ? 0 : 1);
      for (const [i, ids] of part.entries()) {
        data.set(ids, i * rows);
        mask.fill(1, i * rows, i * rows + length);
      }
      const feeds = {
        [IDS]: { data, shape },
        ...(tower.takes(MASK) ? { [MASK]: { data: mask, shape } } : {}),
      };
      const features = await tower.features(feeds, perRun, width);
      out.set(features.subarray(0, part.length * width), start * width);
    }
    return out;
  }
}
