import { CoopError } from '../../../shared/errors';
import { duration } from '../../../shared/format/duration';
import type { HubSettings } from './hub-settings';

/** What of a refused answer decides what is told. */
export interface Refusal {
  readonly status: number;
  /** X-Error-Code and X-Error-Message of the hub; both are its words, and data. */
  readonly code: string | null;
  readonly message: string | null;
  /** Seconds that the hub asks to wait. */
  readonly retryAfter: number | null;
  /** Host that answered. */
  readonly host: string;
}

/** Why the hub does not give a model, and what to do. */
export function hubRefusal(refusal: Refusal, id: string, settings: HubSettings): CoopError {
  const { status, host } = refusal;
  const page = `${settings.endpoint.origin}/${id}`;
  const init = (next: string) => ({ subject: id, next });
  if (status === 429) {
    const wait = refusal.retryAfter;
    return new CoopError(
      'hub.unreachable',
      `${host} has had too many requests from here${wait === null ? '' : ` and asks to wait ${duration(wait)}`}.`,
      init(
        'Try again then; what is here already is not asked for again. A token (HF_TOKEN) has a limit of its own.',
      ),
    );
  }
  if (status === 401 || status === 403 || status === 404) return refusedModel(refusal, id, settings, page);
  return new CoopError(
    'hub.unreachable',
    `${host} answered ${status} when it was asked for “${id}”.`,
    init('Try again later; what is here already is not downloaded again.'),
  );
}

function refusedModel(
  { status, code, message, host }: Refusal,
  id: string,
  { token }: HubSettings,
  page: string,
): CoopError {
  const denied = (text: string, next: string) => new CoopError('hub.denied', text, { subject: id, next });
  const give =
    'give a token of the same account: HF_TOKEN, “hf auth login”, or “CoOp: Set Hugging Face Token” in the editor';
  if (code === 'GatedRepo')
    return token === null
      ? denied(
          `The model “${id}” is gated: its owner gives it to those who accept its conditions.`,
          `Accept them at ${page}, then ${give}.`,
        )
      : denied(
          `The model “${id}” is gated, and the account of the token (from ${token.from}) has no access to it yet.`,
          `Ask for access at ${page}; its owner may have to grant it. Then run this again.`,
        );
  if (/invalid (credentials|username)/i.test(message ?? '') && token !== null)
    return denied(
      `${host} does not accept the token from ${token.from}.`,
      'Make a new one under Settings, Access Tokens, or take the old one away: models that are public need none.',
    );
  // The hub answers 401 for what does not exist, too, so that nobody learns the names of private models.
  if (status === 404 || (status === 401 && token === null) || code === 'RepoNotFound')
    return new CoopError(
      'hub.missing',
      `${host} has no model “${id}”${token === null ? ', or it is a private one' : ' that the token gives access to'}.`,
      {
        subject: id,
        next:
          token === null
            ? `Check its name. If it is private, ${give}.`
            : 'Check its name, and that the token may read it.',
      },
    );
  return denied(`${host} does not give “${id}” (${status}).`, `Look at ${page}, and ${give}.`);
}
