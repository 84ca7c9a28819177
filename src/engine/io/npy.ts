const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];
/** NumPy aligns the data to 64 bytes, so that files can be memory-mapped. */
const ALIGNMENT = 64;

/**
 * A NumPy array file, format 1.0, little-endian float32 in C order (numpy.lib.format).
 * @param shape dimensions; their product is the number of values
 * @throws RangeError when the shape does not fit the data
 */
export function npyFile(data: Float32Array, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  if (shape.reduce((product, size) => product * size, 1) !== data.length)
    throw new RangeError(`${data.length} values do not fill [${shape.join(', ')}]`);
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const description = `{'descr': '<f4', 'fortran_order': False, 'shape': (${dimensions}), }`;
  const prefix = MAGIC.length + 2;
  const total = Math.ceil((prefix + description.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = `${description.padEnd(total - prefix - 1)}\n`;
  const file = new Uint8Array(total + data.byteLength);
  file.set(MAGIC);
  new DataView(file.buffer).setUint16(MAGIC.length, header.length, true);
  file.set(new TextEncoder().encode(header), prefix);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), total);
  return file;
}
