/** As `noise` of tools/goldens/images.py: [height, width, 3] uint8. */
export function noise([width, height]: readonly [width: number, height: number]) {
  const rgb = Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24);
  return { width, height, rgb };
}
