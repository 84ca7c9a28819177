import { openRegularFile } from '../../../files/disk/open-regular';

/** A file read in ranges. */
export interface ByteSource {
  readonly size: number;
  /** @throws Error where the file ends before */
  read(offset: number, length: number): Promise<Buffer>;
}

/** Node refuses one read of 2 GiB or more. */
const MAX_READ_BYTES = 1 << 30;

/** @throws the system's error, an Error for what is no regular file, and what `use` throws */
export async function withBytes<T>(file: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const handle = await openRegularFile(file);
  try {
    const { size } = await handle.stat();
    return await use({
      size,
      read: async (offset, length) => {
        if (!(offset >= 0 && length >= 0 && offset + length <= size)) throw new Error('it is cut off');
        const bytes = Buffer.alloc(length);
        for (let done = 0; done < length; ) {
          const some = Math.min(length - done, MAX_READ_BYTES);
          const { bytesRead } = await handle.read(bytes, done, some, offset + done);
          if (bytesRead === 0) throw new Error('it is cut off');
          done += bytesRead;
        }
        return bytes;
      },
    });
  } finally {
    await handle.close();
  }
}
