import assert from 'node:assert/strict';

/** Asks until the answer is truthy; a host under load is slow, not wrong. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  timeout = 180_000,
): Promise<NonNullable<T>> {
  const end = Date.now() + timeout;
  while (Date.now() < end) {
    const value = await probe();
    if (value) return value as NonNullable<T>;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  assert.fail(`waited in vain for: ${what}`);
}
