import type { WordsSpec } from '../../../shared/contracts/method-spec';
import { CoopError } from '../../../shared/errors';
import { wordsSlotOf } from '../../../shared/template/fill-words';
import type { Task } from '../../task/task';
import type { Assignment, Learned, Learner, LearnIo, Saved } from '../parts/method';
import { phraseSoup } from './phrase-soup';
import { type Fit, isBetter, type LabelledImages, WordScores } from './score-words';
import { linesOfTensor, textTensor } from './text-tensors';
import { ranked, wordChain } from './word-chains';
import { candidatesOf } from './word-list';
import { mostCandidates } from './words-plan';

/** As other methods save (methods/coop/trainer.ts). */
const SAVE_EVERY_MS = 15_000;
/** Next words that are scored together: more are wasted where one of them is taken. */
const LOOK_AHEAD = 64;
/** Chains of one seed draw from generators of their own, so that a resumed seed goes on as it would have. */
const CHAINS_OF_SEED = 1000n;

/** Where one seed stands. */
interface Search {
  /** Of the first candidates, each alone. */
  fits: readonly Fit[];
  /** Chains that are complete, or the members of a soup. */
  found: readonly string[];
  /** Candidates that were scored. */
  evaluations: number;
}

/** Chooses the words of a slot by training images, and the best of a few lines by dev images. */
export class WordsLearner implements Learner {
  private readonly scores: WordScores;
  private readonly slotLength: number;

  constructor(
    private readonly task: Task,
    private readonly assignment: Assignment<WordsSpec>,
    private readonly io: LearnIo,
  ) {
    this.scores = new WordScores(task, assignment.template);
    this.slotLength = wordsSlotOf(assignment.template)!.length;
  }

  async learn(seed: number, from: Saved | null): Promise<Learned> {
    const { task, io } = this;
    const { spec, template } = this.assignment;
    const all = await candidatesOf(spec, template, wordsSlotOf(template)!);
    const search = searchOf(from, all.length, spec.chains);
    const images = await task.shots(spec.shots, seed, io);
    const clock = new Clock(search.evaluations, mostCandidates(spec, this.slotLength), io);
    await this.rank(all, images, search, clock);
    const best = ranked(all, search.fits);
    if (spec.list === 'phrases') await this.soup(best, images, search, clock);
    else await this.chains(best, seed, images, search, clock);
    return this.chosen(seed, images, search);
  }

  async release(): Promise<void> {}

  /** Every candidate alone. */
  private async rank(all: readonly string[], images: LabelledImages, search: Search, clock: Clock) {
    const done = search.fits;
    let saved = performance.now();
    await this.scores.of(all.slice(done.length), images, this.io, async more => {
      search.fits = [...done, ...more];
      search.evaluations = Math.max(search.evaluations, search.fits.length);
      clock.tell(search.evaluations);
      if (performance.now() - saved < (this.io.checkpointEveryMs ?? SAVE_EVERY_MS)) return;
      saved = performance.now();
      await this.io.onCheckpoint(savedOf(search));
    });
  }

  private async chains(
    best: readonly string[],
    seed: number,
    images: LabelledImages,
    search: Search,
    clock: Clock,
  ): Promise<void> {
    const { spec } = this.assignment;
    while (search.found.length < spec.chains) {
      await this.io.onCheckpoint(savedOf(search));
      let tried = search.evaluations;
      const beginnings = await wordChain(
        best,
        BigInt(seed) * CHAINS_OF_SEED + BigInt(search.found.length),
        { ...spec, length: this.slotLength },
        async candidates => {
          const fits = await this.scores.of(candidates, images, this.io);
          tried += candidates.length;
          clock.tell(tried);
          return fits;
        },
        Math.min(LOOK_AHEAD, this.scores.atOnce),
      );
      search.found = [...search.found, beginnings.at(-1)!];
      search.evaluations = tried;
      await this.tell(search, images, clock);
    }
  }

  private async soup(
    best: readonly string[],
    images: LabelledImages,
    search: Search,
    clock: Clock,
  ): Promise<void> {
    const { spec } = this.assignment;
    if (search.found.length > 0) return;
    search.found = await phraseSoup(
      best,
      spec.chains,
      this.task.model.embedWidth,
      async phrases => {
        const texts = await this.scores.texts(phrases, this.io.signal);
        search.evaluations += phrases.length;
        clock.tell(search.evaluations);
        return texts;
      },
      texts => this.scores.fit(texts, images),
      this.scores.atOnce,
    );
    await this.io.onCheckpoint(savedOf(search));
    await this.tell(search, images, clock);
  }

  private async tell(search: Search, images: LabelledImages, clock: Clock): Promise<void> {
    const { spec } = this.assignment;
    const words = search.found.at(-1)!;
    const [texts] = await this.scores.texts([words], this.io.signal);
    await this.io.onEpoch({
      epoch: search.found.length,
      epochs: spec.chains,
      step: search.evaluations,
      steps: mostCandidates(spec, this.slotLength),
      stepsPerSecond: clock.rate(search.evaluations),
      figures: { loss: this.scores.fit(texts!, images).loss },
      classifier: { answer: asked => this.task.answer(asked, texts!) },
    });
  }

  /** The line that is best on dev images before the others. */
  private async chosen(seed: number, images: LabelledImages, search: Search): Promise<Learned> {
    const { task, io, scores } = this;
    const { spec } = this.assignment;
    const found = [...new Set(search.found)];
    const judged = spec.list === 'phrases' ? 1 : search.found.length;
    const dev = await task.validation(spec.shots, seed, io);
    const fits = await scores.of(found, dev, io);
    const best = fits.reduce((best, fit, at) => (isBetter(fit, fits[best]!) ? at : best), 0);
    const words = [found[best]!, ...found.filter((_, at) => at !== best)];
    const [own] = await scores.of(words.slice(0, 1), images, io);
    return {
      kind: 'words',
      tensors: new Map([['words', textTensor(words)]]),
      figures: {
        loss: own!.loss,
        candidates: search.evaluations,
        // And once for each curve's point, for the choice on dev images and for the loss of what was chosen.
        evaluations: search.evaluations + judged + found.length + 1,
        compared: found.length,
      },
    };
  }
}

/** Candidates a second of this process. */
class Clock {
  private readonly started = performance.now();

  constructor(
    private readonly first: number,
    private readonly most: number,
    private readonly io: Pick<LearnIo, 'onStep'>,
  ) {}

  rate(done: number): number {
    return (1000 * (done - this.first)) / (performance.now() - this.started);
  }

  tell(done: number): void {
    this.io.onStep(done, this.most, this.rate(done));
  }
}

function savedOf({ fits, found, evaluations }: Search): Saved {
  const flat = Float32Array.from(fits.flatMap(({ accuracy, loss }) => [accuracy, loss]));
  return {
    tensors: new Map([
      ['fits', flat],
      ['words', textTensor(found)],
    ]),
    figures: { step: evaluations },
  };
}

/** @throws CoopError `run.corrupt` */
function searchOf(from: Saved | null, candidates: number, chains: number): Search {
  if (from === null) return { fits: [], found: [], evaluations: 0 };
  const flat = from.tensors.get('fits');
  const found = linesOfTensor(from.tensors.get('words'));
  if (flat === undefined || flat.length % 2 !== 0 || flat.length > 2 * candidates || found.length > chains)
    throw new CoopError('run.corrupt', 'The checkpoint belongs to another search for words.', {
      next: 'Delete checkpoint.safetensors in the run’s folder to learn from the beginning.',
    });
  const fits = Array.from({ length: flat.length / 2 }, (_, at) => ({
    accuracy: flat[2 * at]!,
    loss: flat[2 * at + 1]!,
  }));
  return { fits, found, evaluations: from.figures['step'] ?? fits.length };
}
