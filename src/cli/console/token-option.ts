import { Option } from 'commander';

/** Of a detached process, by which it proves itself (process-proof): it need only stand on the command line. */
export const tokenOption = (): Option =>
  new Option('--token <token>', 'of a detached process, by which it proves itself').hideHelp();
