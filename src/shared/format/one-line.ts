/** What a context's file stores of a run, and code, terminals and pages show: one line without control characters. */
export const ONE_LINE = /^[^\p{Cc}\u2028\u2029]*$/u;
