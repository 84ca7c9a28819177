/** Probability left out on each side of an interval: every interval the product tells is a 95 % one. */
export const TAIL = 0.025;
