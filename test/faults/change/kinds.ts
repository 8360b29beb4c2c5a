/** What `npm run faults -- change` does to a run, one of them each time. */
export const changeFaultKinds = [
  "agent",
  "provisioner",
  "worker",
  "hub",
  "hub 2 min",
  "temporal",
  "api server",
  "kubelet",
  "containerd",
  "link 5 s",
  "link 45 s",
  "link 3 min",
  "spool full",
  "clock",
  "postgres",
] as const;
export type ChangeFaultKind = (typeof changeFaultKinds)[number];

/** For how long a part is away, in seconds: as the issue says, or between these by the seed. */
export const awaySeconds: Record<ChangeFaultKind, readonly [shortest: number, longest: number]> = {
  agent: [1, 8],
  provisioner: [1, 8],
  worker: [1, 8],
  hub: [1, 8],
  "hub 2 min": [120, 120],
  temporal: [1, 8],
  "api server": [1, 8],
  kubelet: [1, 8],
  containerd: [1, 8],
  "link 5 s": [5, 5],
  "link 45 s": [45, 45],
  "link 3 min": [180, 180],
  // The link is cut meanwhile: without, nothing goes into the spool. Three seconds from heartbeat to heartbeat before and
  // a little time to connect after it are shorter together than a lease of 12 s: what is dropped belongs to live ones.
  "spool full": [6, 6],
  // An agent whose clock is wrong for the whole run; this long of it counts as the fault.
  clock: [20, 20],
  postgres: [20, 20],
};

/** Kinds that prove nothing unless attempts run when they strike: they are dealt no other moment. */
export const strikesWork: ReadonlySet<ChangeFaultKind> = new Set(["hub 2 min", "spool full"]);

/** Kinds after which each shard still has its first attempt alone. */
export const startsNothingTwice: ReadonlySet<ChangeFaultKind> = new Set(["hub 2 min"]);

export type Ending = "passed" | "failed" | "environment unreachable";

/**
 * The endings that are right beside the one that the tests themselves give. Only a cluster that was away for longer than
 * any test waits may keep the hub from telling.
 */
const otherEndings: Partial<Record<ChangeFaultKind, { whenHitting: "home"; ending: Ending }>> = {
  "link 3 min": { whenHitting: "home", ending: "environment unreachable" },
};

/** All endings that are right: `told` is what the tests say when nothing happens to them. */
export function rightEndings(kind: ChangeFaultKind, hitsHome: boolean, told: Ending): Ending[] {
  const other = otherEndings[kind];
  return other !== undefined && hitsHome ? [told, other.ending] : [told];
}
