import type { Opinion } from "./explain-waiting.ts";
import type { ItemFacts } from "./placement-facts.ts";

/**
 * Whether no cluster could ever take an item: each was revoked, or has not its labels, has a taint that it does not
 * tolerate, is not open to its project, cannot reach what it tests, has no node that is large enough, or holds the most
 * of its suite. Silent, cordoned and full clusters could. While no agent has joined, nothing is known: it waits.
 */
export function isUnplaceable({ onlyClusterId }: ItemFacts, opinions: readonly Opinion[]): boolean {
  const isAnyLeft = opinions.some(({ cluster }) => !cluster.isRevoked && cluster.agent !== null);
  return (isAnyLeft || onlyClusterId !== null) && opinions.every(({ isFinal }) => isFinal);
}
