import type { Answered } from '../../shared/contracts/confidence';
import { confidences } from './reliability';
import type { Classified } from './zero-shot';

/**
 * What is left of answers when those below a confidence are given up as “none of these”: how many, and how many of them
 * are right (selective classification: Geifman and El-Yaniv, NeurIPS 2017; coverage is answered / n).
 * @param thresholds a result for each
 */
export function selectiveAnswers(
  labels: Int32Array,
  answers: Classified,
  thresholds: readonly number[],
): Answered[] {
  const confidence = confidences(answers);
  return thresholds.map(threshold => {
    let [answered, right] = [0, 0];
    for (const [i, label] of labels.entries()) {
      if (confidence[i]! < threshold) continue;
      answered += 1;
      right += Number(answers.predictions[i] === label);
    }
    return { answered, right };
  });
}
