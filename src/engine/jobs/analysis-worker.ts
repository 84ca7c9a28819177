import { parentPort, workerData } from 'node:worker_threads';
import { errorData } from '../../shared/errors';
import { nearestWords } from '../methods/coop/nearest-words';
import { linearProbe } from '../methods/linear-probe/linear-probe';
import { classifyLinearly } from '../methods/linear-probe/logistic-regression';
import { openModel } from '../models/shelf/open-model';
import type { Analysis, AnalysisJob, FromAnalysisWorker, ProbeAnswers, ProbeJob } from './analysis-messages';

const port = parentPort;
if (port === null) throw new Error('analysis-worker runs in a worker thread only');

const post = (message: FromAnalysisWorker) => port.postMessage(message);

analysed(workerData as AnalysisJob).then(
  analysis => post({ type: 'done', analysis }),
  (thrown: unknown) => post({ type: 'failed', error: errorData(thrown) }),
);

async function analysed({ words, probe }: AnalysisJob): Promise<Analysis> {
  // The model is opened here again: its table of tokens is larger than what it would save to send it.
  const model = await openModel(words.modelFolder);
  return {
    nearestWords: nearestWords(words.context, await model.textTables(), await model.tokenizer(), words.count),
    probe: probe === null ? null : probeAnswers(probe),
  };
}

function probeAnswers({ train, dev, test, classes }: ProbeJob): ProbeAnswers {
  const { classifier, c } = linearProbe(train, dev, classes, (done, total) =>
    post({ type: 'progress', done, total }),
  );
  return {
    c,
    dev: classifyLinearly(classifier, dev.features),
    test: classifyLinearly(classifier, test),
  };
}
