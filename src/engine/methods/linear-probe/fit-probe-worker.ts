import { answerInThread } from '../../runtime/answer-in-thread';
import type { ProbeJob } from './fit-probe';
import { linearProbe } from './linear-probe';

answerInThread(async ({ train, validation, classes }: ProbeJob, onProgress) =>
  linearProbe(train, validation, classes, onProgress),
);
