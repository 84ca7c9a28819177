import type { LearnedContext } from '../../../files/contexts/learned-context';
import type { NearestWords } from '../../../shared/contracts/report';
import { inThread } from '../../runtime/in-thread';

export interface NearestWordsJob {
  readonly context: LearnedContext;
  readonly modelFolder: string;
  /** Words for each vector. */
  readonly count: number;
}

/**
 * `nearestWords` in a thread of its own: 50 ms a vector for a vocabulary of 49408 words.
 * @throws CoopError as `openModel`; `engine.crashed`; the signal's reason
 */
export function wordsOfContext(job: NearestWordsJob, signal?: AbortSignal): Promise<readonly NearestWords[]> {
  return inThread('methods/coop/nearest-words-worker', job, { what: 'The search for nearest words', signal });
}
