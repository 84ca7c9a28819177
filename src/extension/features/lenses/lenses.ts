import * as vscode from 'vscode';
import type { RunSummary } from '../../../shared/contracts/run';
import { canResume, isGoing } from '../../../shared/contracts/run-status';
import { compactDelta } from '../../../shared/format/delta';
import { compactPercent } from '../../../shared/format/percent';
import { runActivity } from '../../../shared/format/run-activity';
import { parsePrompts } from '../../../shared/template/parse-prompts';
import { isPlain } from '../../../shared/template/syntax';
import { commandLink } from '../../services/commands';
import { LANGUAGE } from '../../services/languages';
import type { RunGains } from '../../services/run-gains';
import type { RunWatcher } from '../../services/run-watcher';
import { rangeOf } from '../language/language';

/** Actions at the head of a document and on the lines that can be learned, with what their newest run does. */
export function registerLenses(watcher: RunWatcher, gains: RunGains): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  return vscode.Disposable.from(
    changed,
    watcher.onChange(() => changed.fire()),
    gains.onChange(() => changed.fire()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()),
    vscode.languages.registerCodeLensProvider(LANGUAGE, {
      onDidChangeCodeLenses: changed.event,
      provideCodeLenses: document => [...headLenses(document), ...lineLenses(document, watcher.runs, gains)],
    }),
  );
}

function headLenses(document: vscode.TextDocument): vscode.CodeLens[] {
  const lens = (title: string, command = '') =>
    new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), { title, command });
  if (document.uri.scheme !== 'file') return [lens('Save this document to score its templates')];
  if (!vscode.workspace.isTrusted) {
    return [lens('$(shield) Trust this folder to score and learn', 'workbench.trust.manage')];
  }
  const { images, model } = parsePrompts(document.getText()).directives;
  const missing = [images === null ? '@images FOLDER' : '', model === null ? '@model NAME' : ''].filter(
    name => name !== '',
  );
  if (missing.length > 0) return [lens(`Add ${missing.join(' and ')} to score these templates`)];
  const own = (link: vscode.Command) => new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), link);
  return [
    own(commandLink('coop.scan', '$(search) Scan images')),
    own(commandLink('coop.score', '$(refresh) Score all')),
  ];
}

function lineLenses(
  document: vscode.TextDocument,
  runs: readonly RunSummary[],
  gains: RunGains,
): vscode.CodeLens[] {
  if (document.uri.scheme !== 'file' || !vscode.workspace.isTrusted) return [];
  return parsePrompts(document.getText()).templates.flatMap(template => {
    const run = runs.find(
      ({ inputs }) => inputs.replaces === template.line && inputs.document.path === document.uri.fsPath,
    );
    const learned = runs.find(
      ({ inputs, hasReport }) =>
        hasReport &&
        template.segments.some(segment => segment.kind === 'learned' && segment.name === inputs.name) &&
        inputs.document.path === document.uri.fsPath,
    );
    const going = run !== undefined && isGoing(run.status);
    // A plain line is learned from its light bulb; a lens on every line would push the list apart.
    const range = rangeOf(document, template.span);
    const lens = (link: vscode.Command) => new vscode.CodeLens(range, link);
    // An applied line keeps the report of the run that it came from.
    if (isPlain(template) && !going) {
      if (learned === undefined) return [];
      const { directory, inputs } = learned;
      const gained = gains.gainOf(directory);
      const test = gained === undefined ? '' : ` · test ${compactDelta(gained.gain)}`;
      return [lens(commandLink('coop.openReport', `Report of ${inputs.name}${test}`, directory))];
    }
    if (going) {
      return [
        lens(commandLink('coop.dashboard.focus', progressOf(run))),
        lens(commandLink('coop.stop', 'Stop', run.directory)),
      ];
    }
    const lenses = [lens(commandLink('coop.learn', '$(sparkle) Learn Prompt', template.line))];
    if (run !== undefined && canResume(run))
      lenses.push(lens(commandLink('coop.resume', `Resume ${run.inputs.name}`, run.directory)));
    if (run?.hasReport) {
      lenses.push(lens(commandLink('coop.openReport', 'Open report', run.directory)));
      lenses.push(lens(commandLink('coop.apply', `Apply ${run.inputs.name}`, run.directory)));
    }
    return lenses;
  });
}

function progressOf(run: RunSummary): string {
  const { state, status } = run;
  if (status !== 'learning') return `$(sync~spin) ${runActivity(run)} …`;
  const accuracy = state.devAccuracy === undefined ? '' : ` · ${compactPercent(state.devAccuracy)} on dev`;
  return `$(sync~spin) Epoch ${state.epoch}/${state.epochs}${accuracy}`;
}
