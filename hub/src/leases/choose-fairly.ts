/** A queued work item that this cluster may run. */
export type Candidate = {
  id: string;
  projectId: string;
  runId: string;
  cpuMillis: number;
  memoryBytes: number;
  createdAt: number;
};

/** How many leases a project holds, and how many it may hold. */
export type ProjectLoad = { running: number; quota: number };

export type Room = { slots: number; cpuMillis: number; memoryBytes: number; pods: number };

/**
 * Chooses what is granted: always from the project with the fewest running leases (those just chosen count), the
 * oldest item first where projects are equal; never beyond a project's quota or the room. An item that does not fit
 * is left out and smaller ones behind it are tried: a large one waits for a cluster with room.
 * `candidates` are in each project's own order.
 */
export function chooseFairly(
  candidates: readonly Candidate[],
  loads: ReadonlyMap<string, ProjectLoad>,
  room: Room,
): Candidate[] {
  const queues = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const queue = queues.get(candidate.projectId) ?? [];
    queues.set(candidate.projectId, queue);
    queue.push(candidate);
  }
  const running = new Map(Array.from(loads, ([id, load]) => [id, load.running]));
  const left = { ...room };
  const chosen: Candidate[] = [];
  while (left.slots > 0 && left.pods > 0) {
    const next = nextHead(queues, running, loads);
    if (next === null) break;
    queues.get(next.projectId)?.shift();
    if (next.cpuMillis > left.cpuMillis || next.memoryBytes > left.memoryBytes) continue;
    left.slots -= 1;
    left.pods -= 1;
    left.cpuMillis -= next.cpuMillis;
    left.memoryBytes -= next.memoryBytes;
    running.set(next.projectId, (running.get(next.projectId) ?? 0) + 1);
    chosen.push(next);
  }
  return chosen;
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
