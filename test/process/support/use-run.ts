import { RunFixture } from './run-fixture';

/**
 * For a `describe`: before each of its tests a new run in a folder of its own, of which nothing is left afterwards.
 * @param options.detached tests start writers that outlive them; each is ended by its lock, which no test may make up
 */
export function useRun(
  take: (fixture: RunFixture, directory: string) => void,
  { detached = false }: { readonly detached?: boolean } = {},
): void {
  let fixture: RunFixture;
  let directory: string;
  beforeEach(async () => {
    fixture = new RunFixture();
    directory = await fixture.create();
    take(fixture, directory);
  });
  afterEach(() => fixture.dispose(detached ? [directory] : []));
}
