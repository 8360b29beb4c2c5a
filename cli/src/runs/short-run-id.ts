/** A run's id as people see it: long enough to be the only one in practice, and accepted everywhere as a prefix. */
export function shortRunId(id: string): string {
  return id.slice(0, 8);
}
