import { openModel } from '../../models/shelf/open-model';
import { answerInThread } from '../../runtime/answer-in-thread';
import { nearestWords } from './nearest-words';
import type { NearestWordsJob } from './words-of-context';

answerInThread(async ({ context, modelFolder, count }: NearestWordsJob) => {
  // The model is opened here again: its table of tokens is larger than what it would save to send it.
  const model = await openModel(modelFolder);
  return nearestWords(context, await model.textTables(), await model.tokenizer(), count);
});
