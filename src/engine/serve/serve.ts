import { cacheFolder } from '../../files/disk/cache-folder';
import { startExperiment } from '../../files/experiments/experiment-launcher';
import { localLauncher } from '../../files/runs/launcher';
import { readReport } from '../../files/runs/read-report';
import type { Precision } from '../../shared/contracts/precision';
import { writeClassNames } from '../dataset/write-class-names';
import { writeLabels } from '../dataset/write-labels';
import { planExperiment } from '../experiments/plan-experiment';
import { applyRun } from '../jobs/apply-run';
import { compareRuns } from '../jobs/compare-runs';
import { exportCheckpointFile, isCheckpointPlace } from '../jobs/export-checkpoint-file';
import { exportContextFile } from '../jobs/export-context-file';
import { exportPrompt } from '../jobs/export-prompt';
import { judgeSuggestion } from '../jobs/judge-suggestion';
import { planRun } from '../jobs/plan-run';
import { predictFolder } from '../jobs/predict-folder';
import { predictImages } from '../jobs/predict-images';
import { learnedBefore, prepareRun } from '../jobs/prepare-run';
import { pullModel } from '../jobs/pull-model';
import { scoreLines } from '../jobs/score-lines';
import { suggestLines } from '../jobs/suggest-lines';
import { thumbnails } from '../jobs/thumbnails';
import { foundModels } from '../models/hub/found-models';
import { writeHtmlReport } from '../report-html/write-html-report';
import { probeDevices } from '../runtime/devices';
import { installRuntime } from '../runtime/installs/install-runtime';
import { openProject } from '../task/open-project';
import { scanDocument, scanResult } from '../task/scan-document';
import { TaskShelf } from '../task/task-shelf';
import type { Work } from '../task/work';
import { VERSION } from '../version';
import { connect, type Handlers, type Notify } from './connection';

/** What the window's settings decide; a request may ask for another device. */
export interface ServeOptions {
  readonly device?: string;
  readonly threads?: number;
  readonly precision?: Precision;
}

/**
 * The engine process of one window: answers until its input ends.
 * @throws CoopError `engine.crashed` when the window's messages cannot be read, or it does not read ours
 */
export function serve(options: ServeOptions): Promise<void> {
  return connect(notify => handlers(notify, options)).ended();
}

function handlers(notify: Notify, options: ServeOptions): Handlers {
  const onWarning = (message: string) => notify('engine/log', { level: 'warn', message });
  const shelf = new TaskShelf({ device: 'auto', ...options, onWarning });
  // What learns is this same bundle, as a process of its own.
  const launcher = localLauncher({ script: process.argv[1]! });
  const work = (job: string, signal: AbortSignal): Work => ({
    signal,
    onWarning,
    onProgress: progress => notify('engine/progress', { job, ...progress }),
  });
  return {
    'engine/hello': async () => ({
      version: VERSION,
      runtime: `Node ${process.versions.node}`,
      cacheFolder: cacheFolder(),
    }),
    'engine/devices': async () => probeDevices(),
    'engine/install': async ({ runtime, job }, signal) =>
      installRuntime(runtime, {
        signal,
        onLine: message => notify('engine/progress', { job, message, done: 0, total: 0, unit: '' }),
      }),
    'engine/models': async ({ folders }) => foundModels(folders),
    'model/pull': async ({ id, token, job }, signal) => pullModel(id, token, work(job, signal)),
    'project/changed': async ({ places }) => {
      shelf.changed(places);
      return null;
    },
    'project/fingerprint': async (params, signal) =>
      (await shelf.open(openProject(params), { signal, onWarning })).fingerprint,
    'project/scan': async (params, signal) =>
      scanResult(await scanDocument(openProject(params), work(params.job, signal))),
    'project/nameClasses': async ({ job, file, ...document }, signal) =>
      writeClassNames(await scanDocument(openProject(document), work(job, signal)), file),
    'project/labelImages': async ({ job, file, ...document }, signal) => ({
      images: await writeLabels(await scanDocument(openProject(document), work(job, signal)), file),
    }),
    'project/predictImages': async ({ job, file, names, line, ...document }, signal) =>
      predictFolder({ project: openProject(document), names, line, file, shelf }, work(job, signal)),
    'project/score': async (params, signal) =>
      scoreLines(
        { project: openProject(params), lines: params.lines, shelf },
        work(params.job, signal),
        score => notify('score/partial', { job: params.job, score }),
      ),
    'suggest/lines': async ({ job, path, text, ...request }, signal) =>
      suggestLines(openProject({ path, text }), request, shelf, work(job, signal), suggestions =>
        notify('suggest/partial', { job, suggestions }),
      ),
    'suggest/judge': async ({ job, path, text, ...request }, signal) =>
      judgeSuggestion(openProject({ path, text }), request, shelf, work(job, signal)),
    'image/predict': async ({ job, path, text, ...asked }, signal) => {
      const request = { ...asked, project: openProject({ path, text }), shelf };
      return (await predictImages(request, work(job, signal))).predictions;
    },
    'run/plan': async (params, signal) => {
      const project = openProject(params);
      const plan = await planRun(project, { ...options, ...params }, shelf, { signal, onWarning });
      const { template, baseline, recipe, device, refused, precision, estimateSeconds, warnings } = plan;
      const before = await learnedBefore(project, plan);
      return {
        template,
        baseline,
        recipe,
        device,
        refused,
        precision,
        estimateSeconds,
        warnings,
        ...(before === undefined ? {} : { learnedBefore: before }),
      };
    },
    'run/start': async (params, signal) => {
      const { directory } = await prepareRun(
        openProject(params),
        { ...options, ...params },
        shelf,
        {},
        { signal, onWarning },
      );
      await launcher.start(directory);
      return { directory };
    },
    'run/resume': async ({ directory }) => {
      await launcher.start(directory);
      return { directory };
    },
    'run/stop': async ({ directory }) => launcher.stop(directory),
    'experiment/plan': async ({ job, file }, signal) =>
      planExperiment(file, shelf, options, work(job, signal)),
    'experiment/start': async ({ file }) => {
      const { device, threads, precision } = options;
      const out = await startExperiment(file, {
        script: process.argv[1]!,
        options: [
          ...(device === undefined ? [] : ['--device', device]),
          ...(threads === undefined ? [] : ['--cores', String(threads)]),
          ...(precision === undefined ? [] : ['--precision', precision]),
        ],
      });
      return { out };
    },
    'run/compare': async ({ directories }) => compareRuns(directories),
    'run/reportHtml': async ({ directory, file, job }, signal) =>
      writeHtmlReport(await readReport(directory), file, work(job, signal)),
    'run/storeContext': async ({ directory, seed }) => applyRun(directory, seed),
    'context/export': async params =>
      (await isCheckpointPlace(params.out))
        ? exportCheckpointFile({ ...params, models: shelf.models })
        : exportContextFile(params),
    'prompt/export': async ({ job, path, text, ...asked }, signal) =>
      exportPrompt({ ...asked, project: openProject({ path, text }), shelf }, work(job, signal)),
    'image/thumbnails': async ({ folder, paths, size }, signal) => thumbnails(folder, paths, size, signal),
  };
}
