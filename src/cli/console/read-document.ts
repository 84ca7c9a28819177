import { type Project, readProject } from '../../engine/task/open-project';
import type { Terminal } from './terminal';

/**
 * A document whose faulty lines are told: what they should have said would otherwise be taken for granted in silence, such
 * as a split.
 * @throws CoopError as `readProject`
 */
export async function readDocument(terminal: Terminal, file: string): Promise<Project> {
  const project = await readProject(file);
  for (const { severity, message, next } of project.document.problems)
    terminal.note(`${severity}: ${message} ${next}`);
  return project;
}
