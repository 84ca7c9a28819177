import type { PromptResult, Proportion } from '../../shared/contracts/report';
import { metricsOf } from '../measure/metrics';
import { pairedDelta } from '../measure/paired-delta';
import { proportion } from '../measure/wilson';
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
        const { features } = await task.text(line, work.signal);
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

  onDev({ dev }: Answers): Proportion {
    return share(dev, this.dev);
  }

  onTest({ test }: Answers): Proportion {
    return share(test, this.test);
  }

  /** Against the baseline, on test images. */
  delta({ test }: Answers): ReturnType<typeof pairedDelta> {
    return pairedDelta(this.test.labels, this.baseline.test.predictions, test.predictions);
  }

  row(kind: PromptResult['kind'], label: string, answers: Answers): PromptResult {
    const { predictions, probabilities } = answers.test;
    return {
      kind,
      label,
      dev: this.onDev(answers),
      test: metricsOf(this.test.labels, predictions, probabilities, this.classes),
      delta: answers === this.baseline ? null : this.delta(answers),
    };
  }
}

function share({ predictions }: Classified, { labels }: EncodedImages): Proportion {
  return proportion(predictions.filter((prediction, i) => prediction === labels[i]).length, labels.length);
}

/** A line of the document that uses a context of an earlier run is no hand-written baseline. */
export function kindOf({ kind, templates }: PromptLine): PromptResult['kind'] {
  const learned = templates.some(({ segments }) => segments.some(segment => segment.kind === 'learned'));
  return kind === 'template' && learned ? 'learned' : kind;
}
