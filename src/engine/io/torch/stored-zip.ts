const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
const MAX_ENTRIES = 100_000;

/**
 * The entries of a zip archive that stores them as they are, as torch.save does: name → bytes within `file`. Nothing is
 * copied or unpacked, so that no entry can be larger than the file.
 * @throws Error when the archive is damaged, compressed, or larger than these limits
 */
export function storedZipEntries(file: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  if (count > MAX_ENTRIES) throw new Error(`it has ${count} entries`);
  let at = view.getUint32(end + 16, true);
  const entries = new Map<string, Uint8Array>();
  for (let entry = 0; entry < count; entry++) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL) throw new Error('its directory is damaged');
    const method = view.getUint16(at + 10, true);
    const [packed, size] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    const nameLength = view.getUint16(at + 28, true);
    const local = view.getUint32(at + 42, true);
    const name = new TextDecoder().decode(file.subarray(at + 46, at + 46 + nameLength));
    if (method !== 0)
      throw new Error(`its entry ${JSON.stringify(name)} is compressed, which torch.save never does`);
    if (packed !== size || local + 30 > at || view.getUint32(local, true) !== LOCAL)
      throw new Error(`its entry ${JSON.stringify(name)} has an impossible size or place`);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (start + size > file.length)
      throw new Error(`its entry ${JSON.stringify(name)} claims ${size} bytes, more than the file has`);
    if (entries.has(name)) throw new Error(`it has two entries ${JSON.stringify(name)}`);
    entries.set(name, file.subarray(start, start + size));
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

function findEnd(view: DataView): number {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at--)
    if (view.getUint32(at, true) === END) return at;
  throw new Error('it is cut off: the archive’s directory is missing');
}
