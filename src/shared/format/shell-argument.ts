import { hasUnseen } from './visible-text';

/** Whose shell a command is for: POSIX shells, or Windows' (PowerShell, and cmd where it can be had). */
export type Shell = 'posix' | 'windows';

export const shellOf = (platform: string): Shell => (platform === 'win32' ? 'windows' : 'posix');

const PLAIN = /^[\p{L}\p{N}_./:][\p{L}\p{N}_./:,-]*$/u;

/**
 * One argument of a command that a person copies: the shell hands over these very characters, and none of them ends the
 * line or hides (POSIX.1-2024 2.2 for quotes and $'…'; PowerShell's about_Quoting_Rules).
 */
export function shellArgument(text: string, shell: Shell): string {
  if (PLAIN.test(text)) return text;
  return shell === 'windows' ? windows(text) : posix(text);
}

function posix(text: string): string {
  if (!hasUnseen(text)) return `'${text.replaceAll("'", `'\\''`)}'`;
  const bytes = [...text].map(character => {
    if (character === '\\' || character === "'") return `\\${character}`;
    if (!hasUnseen(character)) return character;
    // Three octal digits always end there; more hexadecimal ones would be read on.
    return [...new TextEncoder().encode(character)]
      .map(byte => `\\${byte.toString(8).padStart(3, '0')}`)
      .join('');
  });
  return `$'${bytes.join('')}'`;
}

function windows(text: string): string {
  // Double quotes serve both shells, where nothing in them means something to either.
  if (!hasUnseen(text) && !/["$`%!^\\“”„]/.test(text)) return `"${text}"`;
  if (!hasUnseen(text)) return `'${text.replace(/['‘’‚‛]/g, '$&$&')}'`;
  const pieces = [...text].map(character => {
    if (hasUnseen(character))
      return `$([char]::ConvertFromUtf32(0x${character.codePointAt(0)!.toString(16)}))`;
    return /["$`“”„]/.test(character) ? `\`${character}` : character;
  });
  return `"${pieces.join('')}"`;
}
