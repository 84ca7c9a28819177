import path from 'node:path';
import { homeFolder } from '../../../files/disk/home-folder';
import { OPEN_AI_FILES } from '../../../shared/models/open-ai-files';

/** Name and place of every model that OpenAI's package can have downloaded: ~/.cache/clip. */
export function openAiModels(): readonly { readonly name: string; readonly file: string }[] {
  const home = homeFolder();
  if (home === null) return [];
  const folder = path.join(home, '.cache', 'clip');
  return [...OPEN_AI_FILES].map(([name, file]) => ({ name, file: path.join(folder, file) }));
}
