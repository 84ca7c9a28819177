import { CoopError } from '../../../shared/errors';
import { createFileSession } from '../../runtime/create-session';
import type { FileSession, SessionOptions } from '../../runtime/session';
import { modelInvalid, modelUnsupported } from '../parts/model-error';

/** One tower's session, and the names of what it takes and gives. */
export interface OnnxSession {
  readonly session: FileSession;
  readonly output: string;
  /** Length of an axis of an input; null where it is free. */
  axis(input: string, axis: number): number | null;
  takes(input: string): boolean;
  /** @returns [count, E] @throws CoopError `model.invalid` when it gives another number of values */
  features(feeds: Parameters<FileSession['run']>[0], count: number, width: number): Promise<Float32Array>;
}

/**
 * Opens one tower's file.
 * @param input the input that it must have, others than these and `attention_mask` it may not
 * @param outputs names of its features, the first that there is
 * @throws CoopError `device.unavailable`; `model.invalid` for a damaged file; `model.unsupported` naming an input, output or type
 */
export async function openOnnx(
  file: string,
  {
    input,
    type,
    outputs,
  }: { readonly input: string; readonly type: string; readonly outputs: readonly string[] },
  options: SessionOptions,
): Promise<OnnxSession> {
  const session = await createFileSession(file, options).catch((thrown: unknown) => {
    throw options.device === undefined || options.device === 'cpu' ? refusedFile(file, thrown) : thrown;
  });
  const named = (name: string) => session.inputs.find(each => each.name === name);
  const refuse = async (reason: string) => {
    await session.release();
    return modelUnsupported(file, reason, 'Use an export in the layout of transformers.js.');
  };
  if (named(input)?.type !== type)
    throw await refuse(`it has no input ${input} of the type ${type} (${listed(session.inputs)})`);
  const foreign = session.inputs.find(({ name }) => name !== input && name !== 'attention_mask');
  if (foreign !== undefined) throw await refuse(`it asks for ${foreign.name}, which is not known`);
  const output = outputs.find(name => session.outputs.some(each => each.name === name));
  if (output === undefined)
    throw await refuse(`it gives no ${outputs.join(' or ')} (${listed(session.outputs)})`);
  // Others’ numbers would be read as if they were floats.
  const half = session.outputs.find(each => each.type !== 'float32');
  if (half !== undefined)
    throw await refuse(`its output ${half.name} is of the type ${half.type}, not float32`);
  return {
    session,
    output,
    axis: (name, axis) => {
      const size = named(name)?.shape[axis];
      return typeof size === 'number' && size > 0 ? size : null;
    },
    takes: name => named(name) !== undefined,
    features: async (feeds, count, width) => {
      const { data } = (await session.run(feeds))[output]!;
      if (data.length === count * width) return data;
      throw modelInvalid(file, `it gives ${data.length / count} numbers, not ${width} as config.json says`);
    },
  };
}

/** The processor computes whatever onnxruntime reads: what it cannot open there is damaged, or lacks its external data. */
function refusedFile(file: string, thrown: unknown): unknown {
  if (!(thrown instanceof CoopError) || thrown.code !== 'device.unavailable') return thrown;
  const said = thrown.cause instanceof Error ? thrown.cause.message : thrown.message;
  return modelInvalid(file, `onnxruntime cannot open it (${said.replace(/\.$/, '')})`, thrown);
}

const listed = (values: readonly { readonly name: string; readonly type: string }[]) =>
  values.map(({ name, type }) => `${name} ${type}`).join(', ');
