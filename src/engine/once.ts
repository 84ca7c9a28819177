/** Computes at the first call; a failure is not remembered. */
export function once<T>(compute: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  return () => {
    if (value !== undefined) return value;
    const computed = compute();
    value = computed;
    computed.catch(() => {
      value = undefined;
    });
    return computed;
  };
}
