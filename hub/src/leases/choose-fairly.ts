import type { PlacementCode } from "@seatrial/contracts/placement/placement.ts";
import type { ItemFacts, Room } from "../placement/placement-facts.ts";

/** A queued work item that this cluster may run. */
export type Candidate = Pick<ItemFacts, "id" | "projectId" | "cpuMillis" | "memoryBytes" | "priority"> & {
  runId: string;
  /** Only of a suite that is spread. */
  spreadSuiteId: string | null;
  createdAt: number;
};

/** How many leases a project holds, and how many it may hold. */
export type ProjectLoad = { running: number; quota: number };

/** What is granted, and why the candidates that were looked at and not chosen were not. */
export type Choice = { chosen: Candidate[]; left: Map<string, PlacementCode> };

/**
 * Chooses what is granted: always from the project with the fewest running leases (those just chosen count), the
 * oldest item first where projects are equal; never beyond a project's quota, the room, or what a suite that is spread
 * may place here (`shares`, by suite). An item that does not fit is left out and smaller ones behind it are tried: a
 * large one waits for a cluster with room. `candidates` are in each project's own order.
 */
export function chooseFairly(
  candidates: readonly Candidate[],
  loads: ReadonlyMap<string, ProjectLoad>,
  room: Room,
  shares: ReadonlyMap<string, { readonly allowed: number }> = new Map(),
): Choice {
  const queues = Map.groupBy(candidates, ({ projectId }) => projectId);
  const running = new Map(Array.from(loads, ([id, load]) => [id, load.running]));
  const allowed = new Map(Array.from(shares, ([id, share]) => [id, share.allowed]));
  const free = { ...room };
  const choice: Choice = { chosen: [], left: new Map() };
  while (free.slots > 0 && free.pods > 0) {
    const next = nextHead(queues, running, loads);
    if (next === null) break;
    queues.get(next.projectId)?.shift();
    const { spreadSuiteId } = next;
    const share = spreadSuiteId === null ? Number.POSITIVE_INFINITY : (allowed.get(spreadSuiteId) ?? 0);
    const isLarge = next.cpuMillis > free.cpuMillis || next.memoryBytes > free.memoryBytes;
    if (share < 1 || isLarge) {
      choice.left.set(next.id, share < 1 ? "spread" : "room");
      continue;
    }
    free.slots -= 1;
    free.pods -= 1;
    free.cpuMillis -= next.cpuMillis;
    free.memoryBytes -= next.memoryBytes;
    running.set(next.projectId, (running.get(next.projectId) ?? 0) + 1);
    if (spreadSuiteId !== null) allowed.set(spreadSuiteId, share - 1);
    choice.chosen.push(next);
  }
  return choice;
}

/**
 * Why an item that the cluster would take is not among the chosen: its own obstacle, its project's quota, work of its
 * project in front of it, or projects that hold fewer.
 */
export function whyNotChosen(
  { id, projectId, priority }: Pick<Candidate, "id" | "projectId" | "priority">,
  { chosen, left }: Choice,
  loads: ReadonlyMap<string, ProjectLoad>,
): PlacementCode {
  const own = left.get(id);
  if (own !== undefined) return own;
  const ofProject = chosen.filter((item) => item.projectId === projectId);
  const { running, quota } = loads.get(projectId) ?? { running: 0, quota: 0 };
  if (running + ofProject.length >= quota) return "quota";
  if (ofProject.length === 0 && chosen.length > 0) return "fairness";
  return ofProject.some((item) => item.priority > priority) ? "priority" : "order";
}

function nextHead(
  queues: ReadonlyMap<string, Candidate[]>,
  running: ReadonlyMap<string, number>,
  loads: ReadonlyMap<string, ProjectLoad>,
): Candidate | null {
  let best: Candidate | null = null;
  for (const [projectId, queue] of queues) {
    const head = queue[0];
    const held = running.get(projectId) ?? 0;
    if (head === undefined || held >= (loads.get(projectId)?.quota ?? 0)) continue;
    const bestHeld = best === null ? Number.POSITIVE_INFINITY : (running.get(best.projectId) ?? 0);
    if (held < bestHeld || (held === bestHeld && best !== null && head.createdAt < best.createdAt))
      best = head;
  }
  return best;
}
