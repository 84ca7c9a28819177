import path from 'node:path';

/** The checkout's folder. */
export const root = path.join(__dirname, '../..');
