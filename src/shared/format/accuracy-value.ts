import type { Value } from '../contracts/result-table';
import { oneDecimal } from './percent';

/** `63.2 ± 1.4`: percent, mean and sample standard deviation over seeds. */
export function plain({ mean, std }: Value): string {
  return oneDecimal(mean * 100) + (std === null ? '' : ` ± ${oneDecimal(std * 100)}`);
}

/** Name of what a table's numbers are, for its caption. */
export const UNIT = 'Test accuracy in percent, mean ± sample standard deviation over seeds';
