import { checkData, checkSize, type DecodedImage, unreadable, unsupported } from './decoded-image';
import { orient } from './orient';
import { Photometric, readTiffColours } from './tiff-colours';
import { readTiffDirectory, Tag, type TiffDirectory } from './tiff-directory';
import { tiffMode, tiffRowReader } from './tiff-pixels';
import { checkCompression, densest, readSegment } from './tiff-segments';

/** Strips are tiles as wide as the picture. */
interface Layout {
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly tiled: boolean;
  readonly offsets: readonly number[];
  readonly lengths: readonly number[];
}

/** A tile may hang over the border, but not be far larger than the picture. */
const TILE_SLACK_PIXELS = 1 << 22;

function readLayout(directory: TiffDirectory, fileBytes: number, subject: string): Layout {
  const width = directory.value(Tag.width, 0);
  const height = directory.value(Tag.height, 0);
  checkSize(subject, { width, height });
  const tiled = directory.values(Tag.tileOffsets).length > 0;
  const tileWidth = tiled ? directory.value(Tag.tileWidth, 0) : width;
  const tileHeight = tiled
    ? directory.value(Tag.tileHeight, 0)
    : Math.min(directory.value(Tag.rowsPerStrip, height), height);
  if (tileWidth < 1 || tileHeight < 1 || tileWidth * tileHeight > width * height + TILE_SLACK_PIXELS)
    throw unreadable(subject, `the TIFF has pieces of ${tileWidth} × ${tileHeight} pixels`);
  const offsets = directory.values(tiled ? Tag.tileOffsets : Tag.stripOffsets);
  const stored = directory.values(tiled ? Tag.tileByteCounts : Tag.stripByteCounts);
  const lengths = stored.length > 0 ? stored : offsets.map(offset => fileBytes - offset);
  return { width, height, tileWidth, tileHeight, tiled, offsets, lengths };
}

/** Planes are stored one after the other: puts the samples of a row of each side by side. */
function interleave(planes: readonly Uint8Array[], row: number, rowBytes: number, bytes: number): Uint8Array {
  const samples = planes.length;
  const out = new Uint8Array(rowBytes * samples);
  planes.forEach((plane, sample) => {
    for (let i = 0; i < rowBytes; i += 1) {
      const pixel = Math.trunc(i / bytes);
      out[(pixel * samples + sample) * bytes + (i % bytes)] = plane[row * rowBytes + i] as number;
    }
  });
  return out;
}

/**
 * First picture of a TIFF or BigTIFF → RGB: strips or tiles; uncompressed, LZW, deflate, PackBits, Zstandard or JPEG, with or without
 * differencing; grey, RGB, palette and CMYK, 1 to 16 bits. Like Pillow, and unlike the other formats, it comes out turned upright.
 * @throws CoopError `image.unreadable`, `image.tooLarge`
 */
export async function decodeTiff(bytes: Uint8Array, subject: string): Promise<DecodedImage> {
  const directory = readTiffDirectory(bytes, subject);
  const compression = directory.value(Tag.compression, 1);
  checkCompression(compression, subject);
  const layout = readLayout(directory, bytes.length, subject);
  const colours = readTiffColours(directory, subject);
  const { width, height, tileWidth, tileHeight } = layout;
  const { bits, samples } = colours;
  const planes = directory.value(Tag.planar, 1) === 2 ? samples : 1;
  if (planes > 1 && bits < 8) throw unsupported(subject, `TIFF in planes of ${bits} bits`);
  const perPixel = samples / planes;
  const rowBytes = Math.ceil((tileWidth * perPixel * bits) / 8);
  const across = Math.ceil(width / tileWidth);
  const down = Math.ceil(height / tileHeight);
  if (layout.offsets.length < across * down * planes)
    throw unreadable(
      subject,
      `the TIFF lists ${layout.offsets.length} of its ${across * down * planes} pieces`,
    );

  const segment = {
    compression,
    fillOrder: directory.value(Tag.fillOrder, 1),
    predictor: directory.value(Tag.predictor, 1),
    littleEndian: directory.littleEndian,
    columns: tileWidth,
    rowBytes,
    samples: perPixel,
    bits,
    jpegTables: Uint8Array.from(directory.values(Tag.jpegTables)),
    ycc: directory.value(Tag.photometric, 0) === Photometric.yCbCr,
  };
  const piece = (index: number, rows: number): Promise<Uint8Array> => {
    const from = layout.offsets[index] as number;
    return readSegment(bytes.subarray(from, from + (layout.lengths[index] ?? 0)), { ...segment, rows });
  };
  const storedBytes = layout.lengths.reduce((sum, length) => sum + Math.min(length, bytes.length), 0);
  checkData(subject, 'TIFF', layout, storedBytes, (8 / bits) * densest(compression));
  const readRow = tiffRowReader(colours);
  const rgb = new Uint8Array(width * height * 3);
  try {
    for (let tile = 0; tile < across * down; tile += 1) {
      const left = (tile % across) * tileWidth;
      const top = Math.trunc(tile / across) * tileHeight;
      const rows = Math.min(tileHeight, height - top);
      const columns = Math.min(tileWidth, width - left);
      const data: Uint8Array[] = [];
      for (let plane = 0; plane < planes; plane += 1)
        data.push(await piece(plane * across * down + tile, layout.tiled ? tileHeight : rows));
      for (let row = 0; row < rows; row += 1) {
        const samplesOfRow =
          planes === 1
            ? (data[0] as Uint8Array).subarray(row * rowBytes, (row + 1) * rowBytes)
            : interleave(data, row, rowBytes, bits >> 3);
        readRow(samplesOfRow, columns, rgb, ((top + row) * width + left) * 3);
      }
    }
  } catch (thrown) {
    throw unreadable(
      subject,
      `the TIFF's image data cannot be decoded: ${(thrown as Error).message}`,
      thrown,
    );
  }
  const image: DecodedImage = {
    width,
    height,
    rgb,
    format: 'tiff',
    mode: tiffMode(colours),
    exifOrientation: 1,
  };
  return orient(image, directory.value(Tag.orientation, 1));
}
