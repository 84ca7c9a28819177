import { wholeNumber } from './option-values';

/** Arguments of commander's `option`. */
export const THREADS_OPTION = ['--threads <n>', 'processor threads; default: all', wholeNumber] as const;
