/** Waits for what is under way, and no longer than this. */
export async function atMost(milliseconds: number, underWay: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const late = setTimeout(resolve, milliseconds);
  await Promise.race([underWay, promise]).finally(() => clearTimeout(late));
}
