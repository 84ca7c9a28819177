import type { Answered, Confidence } from '../contracts/confidence';
import type { Report } from '../contracts/report';
import { count, counted } from '../format/count';
import { percent } from '../format/percent';
import { answerAims } from './answer-aims';

/** How far a report's confidences can be trusted, as a sentence for each prompt. */
export function calibrationNotes(confidence: Confidence, { counts }: Report['provenance']): string[] {
  const images = counted(counts.dev, 'dev image');
  return (['learned', 'baseline'] as const).map(which => {
    const { temperature, test } = confidence[which];
    const errors = `${percent(test.before.ece)} as it is, ${percent(test.after.ece)} as the softmax of its logits divided by ${temperatureInWords(temperature)}`;
    return which === 'learned'
      ? `How far the learned prompt’s confidence lies from how often it is right (expected calibration error on test images): ${errors}, the temperature that ${images} ask for.`
      : `The baseline’s: ${errors}.`;
  });
}

/** Three digits that count; the ends of its range say that it is one. */
export function temperatureInWords(temperature: number): string {
  const digits = `${Number(temperature.toPrecision(3))}`;
  return temperature <= 0.01 || temperature >= 100 ? `${digits}, the end of its range` : digits;
}

/** `38 % of 342, 80.2 % of them right`. */
export function answeredInWords({ answered, right }: Answered, n: number): string {
  if (answered === 0) return `none of ${count(n)}`;
  return `${percent(answered / n)} of ${count(n)}, ${percent(right / answered)} of them right`;
}

export interface AimRow {
  readonly aim: string;
  readonly threshold: string;
  readonly dev: string;
  readonly test: string;
}

/** Where “none of these” may begin, chosen on dev images, and what that was on test images. */
export function aimRows(confidence: Confidence, { counts }: Report['provenance']): AimRow[] {
  return answerAims(confidence).map(({ aim, at }) => ({
    aim: `${Math.round(aim * 100)} % right`,
    threshold: at === null ? 'none on dev' : at.threshold.toFixed(2),
    dev: at === null ? '–' : answeredInWords(at.dev, counts.dev),
    test: at === null ? '–' : answeredInWords(at.test, counts.test),
  }));
}
