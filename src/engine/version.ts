import manifest from '../../package.json';

/** The product's version, as reports and run files name it. */
export const VERSION: string = manifest.version;
