/** 256 × RGB: the palette of a grey picture, whose index is its level. */
export const GREY_RAMP = Uint8Array.from({ length: 256 * 3 }, (_, i) => Math.trunc(i / 3));
