import * as vscode from 'vscode';
import { CoopError } from '../../../shared/errors';
import { counted } from '../../../shared/format/count';
import { fullDelta, markedDelta, verdictOf } from '../../../shared/format/delta';
import { pValue } from '../../../shared/format/p-value';
import { percent, percentRange, percentSpread } from '../../../shared/format/percent';
import { points } from '../../../shared/format/points';
import type { Report } from '../../../shared/report';
import type { EngineClient } from '../../services/engine-client';
import type { RunWatcher } from '../../services/run-watcher';
import { withErrors } from '../../services/show-error';
import type { TextDocuments } from '../../services/text-documents';

/** Open Report: what a run gained on test images, as rendered Markdown. */
export function registerReport(
  engine: EngineClient,
  watcher: RunWatcher,
  texts: TextDocuments,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  return vscode.commands.registerCommand('coop.openReport', async (directory?: string) => {
    let report: Report | undefined;
    await withErrors(log, async () => {
      await watcher.refresh();
      const run = watcher.runs.find(candidate =>
        directory === undefined ? candidate.hasReport : candidate.directory === directory,
      );
      if (run === undefined)
        throw new CoopError('run.missing', 'There is no report yet.', {
          next: 'Run “CoOp: Learn Prompt” first.',
        });
      report = await engine.request('run/report', { directory: run.directory });
      await texts.show(`Report ${report.name}`, markdown(report));
    });
    return report;
  });
}

function markdown(report: Report): string {
  const { headline, results, perClass, provenance, nearestWords, seeds, seedAverage, classes } = report;
  const code = (text: string) => `\`${text.replaceAll('`', 'ˋ').replaceAll('|', '\\|')}\``;
  const words = {
    gain: 'The learned prompt is better than the baseline',
    loss: 'The learned prompt is **worse** than the baseline',
    none: 'No difference between learned prompt and baseline is shown',
  }[verdictOf(headline)];
  const flips = (title: string, list: Report['fixed']) =>
    list.length === 0
      ? []
      : [
          `\n## ${title}: ${counted(list.length, 'image')}\n`,
          ...list
            .slice(0, 50)
            .map(
              flip =>
                `- ${code(flip.path)}: ${code(classes[flip.baseline] ?? '')} → ${code(classes[flip.learned] ?? '')}`,
            ),
        ];
  return [
    `# ${points(headline.difference)} on ${headline.n} test images\n`,
    `${words}: ${fullDelta(headline)}. Baseline ${code(report.baseline)}, learned ${code(report.template)}.\n`,
    ...(seedAverage === undefined
      ? []
      : [`Mean of ${counted(seeds.length, 'seed')}: ${percentSpread(seedAverage.mean, seedAverage.std)}.\n`]),
    '| prompt | dev | test | 95 % interval | delta | p | |\n|---|---:|---:|---|---:|---|---|',
    ...results.map(
      ({ kind, label, dev, test, delta, bestOnDev }) =>
        `| ${code(label)} | ${dev === null ? '–' : percent(dev.value)} | ${percent(test.accuracy.value)} | ${percentRange(test.accuracy.low, test.accuracy.high)} | ${delta === null ? 'baseline' : markedDelta(delta)} | ${delta === null ? '' : pValue(delta.p)} | ${bestOnDev === true ? 'best template on dev' : kind === 'template' ? '' : kind} |`,
    ),
    '\n## Classes\n',
    '| class | n | baseline | learned | change |\n|---|---:|---:|---:|---:|',
    ...[...perClass]
      .sort((a, b) => b.learned - b.baseline - (a.learned - a.baseline))
      .map(
        ({ name, n, baseline, learned }) =>
          `| ${code(name)} | ${n} | ${percent(baseline)} | ${percent(learned)} | ${points(learned - baseline)} |`,
      ),
    ...flips('Fixed', report.fixed),
    ...flips('Broken', report.broken),
    '\n## Nearest words of the learned vectors\n',
    'Distances between embeddings; the paper warns that the words seldom mean anything.\n',
    ...nearestWords.map(
      ({ vector, className, words: near }) =>
        `${vector}. ${className === undefined ? '' : `${code(className)} `}${near.map(({ text, distance }) => `${code(text)} ${distance.toFixed(2)}`).join(', ')}`,
    ),
    '\n## How this was made\n',
    `Recipe ${provenance.recipe.name}, ${provenance.recipe.shots} shots, ${provenance.recipe.epochs} epochs, seeds ${provenance.recipe.seeds.join(', ')}; ${provenance.counts.train} training, ${provenance.counts.dev} dev, ${provenance.counts.test} test images (${provenance.split}); ${provenance.device}, ${provenance.threads} threads, version ${provenance.version}.\n`,
    `Model ${code(provenance.model)} ${code(provenance.modelHash.slice(0, 16))}, images ${code(provenance.datasetHash.slice(0, 16))}.\n`,
    `\`\`\`sh\n${provenance.command}\n\`\`\``,
  ].join('\n');
}
