import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expandPath, userCacheFolder } from '../../../files/disk/home-folder';
import { CoopError } from '../../../shared/errors';

/** What the environment says about the hub; names and precedence are huggingface_hub's (constants.py, utils/_auth.py). */
export interface HubSettings {
  /** Of the hub or of a mirror, without a slash at its end. */
  readonly endpoint: URL;
  readonly offline: boolean;
  /** Sent to the endpoint's own origin only; never written anywhere. */
  readonly token: HubToken | null;
}

export interface HubToken {
  readonly secret: string;
  /** Where it was found, for messages: the token itself stands in none. */
  readonly from: string;
}

const HUB = 'https://huggingface.co';
const TRUE = new Set(['1', 'ON', 'YES', 'TRUE']);
const MAX_TOKEN_CHARACTERS = 1000;

/**
 * @param given a token of the editor's secret storage; it comes before the environment's
 * @throws CoopError `usage` when HF_ENDPOINT is no address, or one with a user's name
 */
export function hubSettings(given?: string): HubSettings {
  const { HF_ENDPOINT, HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE } = process.env;
  return {
    endpoint: endpointOf(HF_ENDPOINT || HUB),
    offline: isTrue(HF_HUB_OFFLINE || TRANSFORMERS_OFFLINE),
    token: tokenOf(given),
  };
}

function endpointOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text.replace(/\/+$/, '')) : null;
  // A name and password are repeated in no message.
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new CoopError(
      'usage',
      `HF_ENDPOINT is ${text.includes('@') ? 'a text with “@”' : JSON.stringify(text)}, which is no address of a hub.`,
      { next: `Give it as “https://…”, or unset it for ${HUB}.` },
    );
  if (url.username !== '' || url.password !== '')
    throw new CoopError('usage', 'HF_ENDPOINT has a user name or password in it, which is not sent.', {
      next: 'Write it without what stands before the “@”; a token goes into HF_TOKEN.',
    });
  return url;
}

function tokenOf(given: string | undefined): HubToken | null {
  if (usable(given) !== null) return { secret: usable(given)!, from: 'the editor’s secret storage' };
  const { HF_HUB_DISABLE_IMPLICIT_TOKEN, HF_TOKEN, HUGGING_FACE_HUB_TOKEN } = process.env;
  if (isTrue(HF_HUB_DISABLE_IMPLICIT_TOKEN)) return null;
  const fromEnvironment = usable(HF_TOKEN || HUGGING_FACE_HUB_TOKEN);
  if (fromEnvironment !== null) return { secret: fromEnvironment, from: 'HF_TOKEN' };
  const file = loginFile();
  const stored = file === null ? null : usable(textOf(file));
  return stored === null ? null : { secret: stored, from: file! };
}

/** Where “hf auth login” keeps its token. */
function loginFile(): string | null {
  const { HF_TOKEN_PATH, HF_HOME } = process.env;
  if (HF_TOKEN_PATH) return path.resolve(expandPath(HF_TOKEN_PATH));
  if (HF_HOME) return path.resolve(expandPath(HF_HOME), 'token');
  const caches = userCacheFolder();
  return caches === null ? null : path.join(caches, 'huggingface', 'token');
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** What a header can carry; a file of another kind under this name is no token. */
function usable(text: string | undefined): string | null {
  const token = text?.trim() ?? '';
  return token.length <= MAX_TOKEN_CHARACTERS && /^[\x21-\x7e]+$/.test(token) ? token : null;
}

const isTrue = (value: string | undefined) => TRUE.has((value ?? '').toUpperCase());
