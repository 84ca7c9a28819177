import { once } from '../../once';
import { isDeviceFault } from '../../runtime/device-fault';
import { chooseDevice } from '../../runtime/devices';
import type { SessionOptions } from '../../runtime/session';
import { type Encoder, encoderOnDevice } from '../encoders/encoder-on-device';
import { createImageEncoder, type ImageEncoder } from '../encoders/image-encoder';
import { createTextEncoder, type TextEncoder } from '../encoders/text-encoder';
import type { ClipModel } from '../parts/clip-model';
import type { Tokenizer } from '../tokenizer/tokenizer';
import { openModel } from './open-model';
import { RecentFeatures } from './recent-features';

/** A model with the sessions made for it so far; sessions are compiled at first use and shared by all requests. */
export interface OpenedModel {
  readonly model: ClipModel;
  readonly hash: string;
  readonly tokenizer: Tokenizer;
  textEncoder(): Promise<TextEncoder>;
  imageEncoder(): Promise<ImageEncoder>;
  /** Features of templates that were encoded lately, by template and classes. */
  readonly templateFeatures: RecentFeatures;
}

export interface ShelfOptions extends Omit<SessionOptions, 'device'> {
  /** `auto` or a device's name; default `cpu`. The CPU takes over when it fails. */
  readonly device?: string;
  readonly onRefused?: (device: string, reason: string) => void;
}

/** Models by folder, opened once per process. */
export class ModelShelf {
  private readonly opened = new Map<string, Promise<OpenedModel>>();

  constructor(private readonly options: ShelfOptions = {}) {}

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
    const { device = 'cpu', onRefused, ...options } = this.options;
    const chosen = once(() =>
      chooseDevice(device).then(
        ({ device: usable }) => usable,
        thrown => {
          if (!isDeviceFault(thrown)) throw thrown;
          onRefused?.(device, thrown.message);
          return 'cpu' as const;
        },
      ),
    );
    const onChosen = <Arguments extends unknown[]>(
      create: (model: ClipModel, options: SessionOptions) => Promise<Encoder<Arguments>>,
    ) =>
      once(async () =>
        encoderOnDevice(await chosen(), on => create(model, { ...options, device: on }), onRefused),
      );
    return {
      model,
      hash,
      tokenizer,
      templateFeatures: new RecentFeatures(),
      textEncoder: onChosen(createTextEncoder),
      imageEncoder: onChosen(createImageEncoder),
    };
  }
}
