import path from 'node:path';

const VARIABLE = 'COOP_CACHE_DIR';

/** For a `describe`: its tests, and what they start, keep features in `cache` of a folder that an earlier `before` may make. */
export function useOwnCache(folder: () => string): void {
  const outer = process.env[VARIABLE];
  before(() => {
    process.env[VARIABLE] = path.join(folder(), 'cache');
  });
  after(() => {
    if (outer === undefined) delete process.env[VARIABLE];
    else process.env[VARIABLE] = outer;
  });
}
