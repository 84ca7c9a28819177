/** Of one template: its text features, and what they are to the images. */
export interface Contestant {
  /** [classes, width] unit rows. */
  readonly texts: Float32Array;
  /** [images, classes] cosines. */
  readonly cosines: Float32Array;
}

/**
 * Greedy forward selection of an ensemble (as CLIP's authors found their seven templates among eighty; openai/CLIP,
 * notebooks/Prompt_Engineering_for_ImageNet.ipynb): the template that is best alone, then again and again the one with which
 * the mean of unit text features is right most often, until none makes it better.
 * @param labels [images]
 * @param width E of the text features
 * @param most members
 * @param onRound told after each round how many ensembles were compared
 * @returns indices in the order chosen, and of how many ensembles
 */
export async function forwardSelection(
  contestants: readonly Contestant[],
  labels: Int32Array,
  width: number,
  most: number,
  onRound: (compared: number) => Promise<void> | void = () => undefined,
): Promise<{ readonly chosen: readonly number[]; readonly compared: number }> {
  const [first] = contestants;
  if (first === undefined) return { chosen: [], compared: 0 };
  const texts = new Float64Array(first.texts.length);
  const cosines = new Float64Array(first.cosines.length);
  const chosen: number[] = [];
  let [reached, compared] = [-1, 0];
  while (chosen.length < most) {
    let best = -1;
    for (const [at, contestant] of contestants.entries()) {
      if (chosen.includes(at)) continue;
      compared += 1;
      const correct = correctWith(contestant, texts, cosines, labels, width);
      if (correct > reached) [best, reached] = [at, correct];
    }
    await onRound(compared);
    if (best === -1) break;
    chosen.push(best);
    for (let i = 0; i < texts.length; i++) texts[i]! += contestants[best]!.texts[i]!;
    for (let i = 0; i < cosines.length; i++) cosines[i]! += contestants[best]!.cosines[i]!;
  }
  return { chosen, compared };
}

/** Images that the sums are right about with one more: the cosine with a mean is the sum of cosines over the sum's length. */
function correctWith(
  { texts, cosines }: Contestant,
  textSum: Float64Array,
  cosineSum: Float64Array,
  labels: Int32Array,
  width: number,
): number {
  const classes = texts.length / width;
  const lengths = new Float64Array(classes);
  for (let c = 0; c < classes; c++) {
    let squares = 0;
    for (let e = c * width; e < (c + 1) * width; e++) squares += (textSum[e]! + texts[e]!) ** 2;
    lengths[c] = Math.sqrt(squares);
  }
  let correct = 0;
  for (const [i, label] of labels.entries()) {
    let [best, at] = [Number.NEGATIVE_INFINITY, -1];
    for (let c = 0; c < classes; c++) {
      const cosine = (cosineSum[i * classes + c]! + cosines[i * classes + c]!) / lengths[c]!;
      if (cosine > best) [best, at] = [cosine, c];
    }
    if (at === label) correct += 1;
  }
  return correct;
}
