/** What `npm run faults -- change` does to a run, one of them each time. */
export const changeFaultKinds = [
  "agent",
  "provisioner",
  "worker",
  "hub",
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
  temporal: [1, 8],
  "api server": [1, 8],
  kubelet: [1, 8],
  containerd: [1, 8],
  "link 5 s": [5, 5],
  "link 45 s": [45, 45],
  "link 3 min": [180, 180],
  // The link is cut meanwhile: without, nothing goes into the spool.
  "spool full": [20, 20],
  // An agent whose clock is wrong for the whole run; this long of it counts as the fault.
  clock: [20, 20],
  postgres: [20, 20],
};

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
