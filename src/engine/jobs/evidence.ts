import type { Delta, Metrics, PromptResult, Proportion } from '../../shared/contracts/report';
import { accuracyOf, deltaOf } from '../measure/compare-answers';
import { metricsOf } from '../measure/metrics';
import { meanAndStd } from '../measure/over-seeds';
import type { Classified } from '../measure/zero-shot';
import type { Classifier } from '../methods/parts/method';
import type { EncodedImages } from '../task/encoded-images';
import { type PromptLine, scorableLines } from '../task/prompt-lines';
import type { Task } from '../task/task';
import type { Work } from '../task/work';

/** What something answers about the images that a report judges by. */
export interface Answers {
  readonly dev: Classified;
  readonly test: Classified;
}

/** The images of a report and what the document's own lines answer about them. */
export class Evidence {
  private constructor(
    private readonly classes: number,
    readonly dev: EncodedImages,
    readonly test: EncodedImages,
    readonly lines: readonly { readonly line: PromptLine; readonly answers: Answers }[],
    readonly baseline: Answers,
  ) {}

  /**
   * Encodes dev and test images and every line of the document, the baseline first where it is no line of it.
   * @param work told of lines that cannot be scored: they are no part of the comparison
   * @throws as `Task.features`; as `Task.text` for the baseline
   */
  static async gather(task: Task, baseline: PromptLine, work: Work): Promise<Evidence> {
    const dev = await task.features('dev', work);
    const test = await task.features('test', work);
    const all = scorableLines(task.project.document);
    const lines = all.some(({ line }) => line === baseline.line) ? all : [baseline, ...all];
    const scored: { line: PromptLine; answers: Answers }[] = [];
    for (const [done, line] of lines.entries()) {
      work.onProgress?.({ message: 'Scoring prompts', done, total: lines.length, unit: 'prompts' });
      try {
        const { features } = await task.text(line, work);
        scored.push({
          line,
          answers: { dev: task.answer(dev, features), test: task.answer(test, features) },
        });
      } catch (thrown) {
        if (line.line === baseline.line || work.signal?.aborted === true) throw thrown;
        work.onWarning?.(`“${line.line}” is not in the report: ${(thrown as Error).message}`);
      }
    }
    const { answers } = scored.find(({ line }) => line.line === baseline.line)!;
    return new Evidence(task.classes.names.length, dev, test, scored, answers);
  }

  answersOf(classifier: Classifier): Answers {
    return { dev: classifier.answer(this.dev), test: classifier.answer(this.test) };
  }

  /** Accuracy on dev images: of one, or of several seeds taken together. */
  onDev(answers: readonly Answers[]): Proportion {
    return accuracyOf(
      this.dev.labels,
      answers.map(({ dev }) => dev.predictions),
    );
  }

  onTest(answers: readonly Answers[]): Proportion {
    return accuracyOf(
      this.test.labels,
      answers.map(({ test }) => test.predictions),
    );
  }

  /** On test images, against the baseline or other answers. */
  delta(answers: readonly Answers[], base: Answers = this.baseline): Delta {
    return deltaOf(
      this.test.labels,
      base.test.predictions,
      answers.map(({ test }) => test.predictions),
    );
  }

  /**
   * A row of the report's table.
   * @param answers of a prompt, or of every seed of something that was learned
   */
  row(kind: PromptResult['kind'], label: string, answers: readonly Answers[]): PromptResult {
    const each = answers.map(({ test: { predictions, probabilities } }) =>
      metricsOf(this.test.labels, predictions, probabilities, this.classes),
    );
    const mean = (of: (metrics: Metrics) => number) =>
      each.reduce((sum, metrics) => sum + of(metrics), 0) / each.length;
    return {
      kind,
      label,
      dev: this.onDev(answers),
      test: {
        accuracy: this.onTest(answers),
        top5: mean(({ top5 }) => top5),
        macroF1: mean(({ macroF1 }) => macroF1),
        balancedAccuracy: mean(({ balancedAccuracy }) => balancedAccuracy),
        ece: mean(({ ece }) => ece),
      },
      ...(each.length === 1 ? {} : { std: meanAndStd(each.map(({ accuracy }) => accuracy.value)).std }),
      delta: answers[0] === this.baseline ? null : this.delta(answers),
    };
  }
}

/** A line of the document that uses a context of an earlier run is no hand-written baseline. */
export function kindOf({ kind, templates }: PromptLine): PromptResult['kind'] {
  const learned = templates.some(({ segments }) => segments.some(segment => segment.kind === 'learned'));
  return kind === 'template' && learned ? 'learned' : kind;
}
