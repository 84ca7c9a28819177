import type { ClipModel } from '../clip/clip-model';
import { openModel } from '../clip/open-model';
import type { Tokenizer } from '../clip/tokenizer/tokenizer';
import type { SessionOptions } from '../runtime/session';
import { createImageEncoder, type ImageEncoder } from '../score/image-encoder';
import { createTextEncoder, type TextEncoder } from '../score/text-encoder';

/** A model with the sessions made for it so far; sessions are compiled at first use and shared by all requests. */
export interface OpenedModel {
  readonly model: ClipModel;
  readonly hash: string;
  readonly tokenizer: Tokenizer;
  textEncoder(): Promise<TextEncoder>;
  imageEncoder(): Promise<ImageEncoder>;
}

/** Models by folder, opened once per process. */
export class ModelShelf {
  private readonly opened = new Map<string, Promise<OpenedModel>>();

  constructor(private readonly options: SessionOptions = {}) {}

  /** @throws CoopError `model.missing`, `model.invalid`, `model.unsupported`, `tokenizer.missing`, `tokenizer.invalid` */
  open(folder: string, id: string): Promise<OpenedModel> {
    const known = this.opened.get(folder);
    if (known !== undefined) return known;
    const opening = this.load(folder, id);
    this.opened.set(folder, opening);
    // A failure is not kept: the user may mend the folder and ask again.
    opening.catch(() => this.opened.delete(folder));
    return opening;
  }

  private async load(folder: string, id: string): Promise<OpenedModel> {
    const model = await openModel(folder, id);
    const [hash, tokenizer] = await Promise.all([model.hash(), model.tokenizer()]);
    let text: Promise<TextEncoder> | undefined;
    let image: Promise<ImageEncoder> | undefined;
    const { options } = this;
    return {
      model,
      hash,
      tokenizer,
      textEncoder() {
        text ??= createTextEncoder(model, options);
        return text;
      },
      imageEncoder() {
        image ??= createImageEncoder(model, options);
        return image;
      },
    };
  }
}
