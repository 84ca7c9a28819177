import { InvalidArgumentError } from 'commander';
import { COMMON_WORDS } from '../../shared/contracts/method-spec';
import { count } from '../../shared/format/count';

/** Reads an option's value; commander names the option and ends with the code of wrong usage. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError(`“${text}” is no positive whole number.`);
}

/** As `wholeNumber`, of the list of common words, and not more than that has. */
export function wordCount(text: string): number {
  const words = wholeNumber(text);
  if (words <= COMMON_WORDS) return words;
  throw new InvalidArgumentError(`The list has ${count(COMMON_WORDS)} words.`);
}

/** As `wholeNumber`, zero too. */
export function wholeOrNone(text: string): number {
  return text === '0' ? 0 : wholeNumber(text);
}

/** Reads an option's value in seconds; fractions are allowed. */
export function seconds(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError(`“${text}” is no time in seconds.`);
}

/** Reads an option's value: zero or more, fractions too. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError(`“${text}” is no number of zero or more.`);
}

/** Reads a probability, 0…1. */
export function probability(text: string): number {
  const value = number(text);
  if (value <= 1) return value;
  throw new InvalidArgumentError(`“${text}” is no probability from 0 to 1.`);
}

/** `1,2,3`; zero is allowed. */
export function wholeNumbers(text: string): number[] {
  return text.split(',').map(part => {
    const value = Number(part);
    if (part !== '' && Number.isSafeInteger(value) && value >= 0) return value;
    throw new InvalidArgumentError(`“${text}” is no list of whole numbers. Write it as 1,2,3.`);
  });
}
