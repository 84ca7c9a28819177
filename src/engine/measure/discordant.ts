/** Images that only one of two answers is right about: [n] predictions each. */
export function discordant(labels: Int32Array, base: Int32Array, next: Int32Array) {
  let [fixed, broken] = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    const [before, after] = [base[i] === labels[i], next[i] === labels[i]];
    if (after && !before) fixed += 1;
    if (before && !after) broken += 1;
  }
  return { fixed, broken };
}
