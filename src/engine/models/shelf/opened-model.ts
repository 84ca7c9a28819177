import type { Precision } from '../../../shared/contracts/precision';
import { once } from '../../once';
import type { Tokenizer } from '../../prompt/tokenizer';
import { isDeviceFault } from '../../runtime/device-fault';
import { chooseDevice } from '../../runtime/devices';
import { FallingDevice } from '../../runtime/falling-device';
import { OnDevice } from '../../runtime/on-device';
import type { SessionOptions } from '../../runtime/session';
import { createImageEncoder, type ImageEncoder } from '../encoders/image-encoder';
import { createTextEncoder, type TextEncoder } from '../encoders/text-encoder';
import type { ClipModel } from '../parts/clip-model';
import { modelStamp } from './file-stamps';
import { openModel } from './open-model';

/** A model with its encoders: compiled at first use, shared by all who ask, and moved to the next device when one fails. */
export interface OpenedModel {
  readonly model: ClipModel;
  /** Of its files: what a learned context is of. */
  readonly hash: string;
  readonly precision: Precision;
  /** Equal for equal numbers: the hash, and the precision where that is not float32. */
  readonly numbers: string;
  readonly tokenizer: Tokenizer;
  readonly texts: Pick<TextEncoder, 'encode'>;
  readonly images: Pick<ImageEncoder, 'encode' | 'encodeBoth'>;
}

export interface ShelfOptions extends Omit<SessionOptions, 'device'> {
  /** `auto` or a device's name; default `cpu`. The next usable one takes over when it fails, the CPU at last. */
  readonly device?: string;
  /** How weights are held where a project does not say; default float32. */
  readonly precision?: Precision | undefined;
  /** Told when a device failed and which one goes on. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

interface Shelved {
  readonly stamp: string;
  readonly opened: Promise<OpenedModel>;
}

/** Models by folder and precision, opened once per process, and again when their files changed. */
export class ModelShelf {
  private readonly shelved = new Map<string, Shelved>();

  constructor(private readonly options: ShelfOptions = {}) {}

  get precision(): Precision {
    return this.options.precision ?? 'float32';
  }

  /** @throws CoopError `model.missing`, `model.invalid`, `model.unsupported`, `tokenizer.missing`, `tokenizer.invalid` */
  async open(folder: string, id: string, precision = this.precision): Promise<OpenedModel> {
    const stamp = await modelStamp(folder);
    const key = `${precision} ${folder}`;
    const known = this.shelved.get(key);
    if (known?.stamp === stamp) return known.opened;
    const opened = this.load(folder, id, precision);
    this.shelved.set(key, { stamp, opened });
    // A failure is not kept: the user may mend what it came from and ask again.
    opened.catch(() => {
      if (this.shelved.get(key)?.opened === opened) this.shelved.delete(key);
    });
    return opened;
  }

  private async load(folder: string, id: string, precision: Precision): Promise<OpenedModel> {
    const model = await openModel(folder, id, precision);
    const [hash, tokenizer] = await Promise.all([model.hash(), model.tokenizer()]);
    const { device: _device, precision: _precision, onWarning: _onWarning, ...options } = this.options;
    const device = once(() => this.device(precision));
    const texts = once(
      async () => new OnDevice(await device(), on => createTextEncoder(model, { ...options, device: on })),
    );
    const images = once(
      async () => new OnDevice(await device(), on => createImageEncoder(model, { ...options, device: on })),
    );
    return {
      model,
      hash,
      precision,
      numbers: precision === 'float32' ? hash : `${hash} ${precision}`,
      tokenizer,
      texts: { encode: async (...prompts) => (await texts()).use(encoder => encoder.encode(...prompts)) },
      images: {
        encode: async (...pixels) => (await images()).use(encoder => encoder.encode(...pixels)),
        encodeBoth: async (...pixels) => (await images()).use(encoder => encoder.encodeBoth(...pixels)),
      },
    };
  }

  private async device(precision: Precision): Promise<FallingDevice> {
    const { device = 'cpu', onWarning } = this.options;
    const onFall: ConstructorParameters<typeof FallingDevice>[2] = (next, refused) => {
      const { device: failed, reason } = refused.at(-1)!;
      onWarning?.(`${failed} failed, ${next} goes on. ${reason}`);
    };
    try {
      return new FallingDevice((await chooseDevice(device, precision)).device, [], onFall);
    } catch (thrown) {
      if (!isDeviceFault(thrown)) throw thrown;
      onWarning?.(`${thrown.message} The CPU goes on. ${thrown.next ?? ''}`.trim());
      return new FallingDevice('cpu', [], onFall);
    }
  }
}
