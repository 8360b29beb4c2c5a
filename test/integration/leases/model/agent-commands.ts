import {
  type Fate,
  type LeaseRecord,
  must,
  noteGrants,
  noteSeen,
  type SimulatedAgent,
  type Simulation,
} from "./simulation.ts";

/** An agent claims. Urgent answers come at once; nothing is held, because time stands still. */
export async function claim(
  simulation: Simulation,
  holder: SimulatedAgent,
  slotsFree: number,
  fate: Fate,
): Promise<void> {
  if (fate === "request is lost") return;
  const answer = await holder.agent.claim({ slotsFree, running: [...holder.known] });
  endUnacknowledged(simulation, holder);
  noteGrants(simulation, holder, answer);
  for (const id of answer.disowned)
    must(!isHeld(simulation, holder, id), `lease ${id} is held and was disowned`);
  if (fate === "answer is lost") return;
  for (const { leaseId } of answer.leases) holder.known.add(leaseId);
  for (const id of answer.disowned) holder.known.delete(id);
}

/** What was cancelled before this agent took it over ends with its next claim, unless that names it. */
function endUnacknowledged(simulation: Simulation, holder: SimulatedAgent): void {
  for (const lease of simulation.leases.values()) {
    if (lease.agent !== holder || lease.instance !== holder.agent.instance || lease.isOver) continue;
    if (lease.isAcknowledged || holder.known.has(lease.id) || !simulation.isCancelled(lease)) continue;
    lease.isOver = true;
    noteSeen(simulation, "a cancelled hand-off ended with the next claim");
  }
}

export async function acknowledge(simulation: Simulation, holder: SimulatedAgent, fate: Fate): Promise<void> {
  if (fate === "request is lost" || holder.known.size === 0) return;
  const { accepted, refused } = await holder.agent.acknowledge([...holder.known]);
  for (const id of accepted) {
    must(isAcknowledgeable(simulation, holder, id), `the late acknowledgement of ${id} was accepted`);
    recordOf(simulation, id).isAcknowledged = true;
  }
  for (const id of refused)
    must(!isAcknowledgeable(simulation, holder, id), `the timely acknowledgement of ${id} was refused`);
  if (fate === "arrives") for (const id of refused) holder.known.delete(id);
}

export async function heartbeat(simulation: Simulation, holder: SimulatedAgent, fate: Fate): Promise<void> {
  if (fate === "request is lost") return;
  const { leases } = await holder.agent.heartbeat([...holder.known]);
  for (const { leaseId, state, expiresAt } of leases) {
    must(
      (state !== "disown") === isHeld(simulation, holder, leaseId),
      `a heartbeat calls ${leaseId} ${state}`,
    );
    if (state === "disown") continue;
    const lease = recordOf(simulation, leaseId);
    must((state === "cancel") === simulation.isCancelled(lease), `a heartbeat calls ${leaseId} ${state}`);
    noteSeen(simulation, state === "held" ? "a lease was extended" : "a cancelled lease was not extended");
    lease.expiresAt = Date.parse(expiresAt ?? "");
  }
  if (fate !== "arrives") return;
  for (const { leaseId, state } of leases) if (state === "disown") holder.known.delete(leaseId);
}

export async function progress(
  simulation: Simulation,
  holder: SimulatedAgent,
  id: string,
  isRunning: boolean,
): Promise<void> {
  const answer = await holder.agent.progress(id, isRunning ? "running" : "starting");
  must(answer.ok === isHeld(simulation, holder, id), `progress of ${id} is answered with ${answer.status}`);
  if (answer.ok) recordOf(simulation, id).isAcknowledged = true;
}

const exits = {
  green: { exitCode: 0 },
  red: { exitCode: 1 },
  evicted: { reason: "evicted", exitCode: null },
  stopped: { reason: "cancelled", exitCode: null },
  "out of memory": { reason: "out_of_memory", exitCode: 137 },
};
export type Ending = keyof typeof exits;
export const endings = Object.keys(exits) as Ending[];

/** An agent ends a lease: one it holds, or one that it held long ago. */
export async function finish(
  simulation: Simulation,
  holder: SimulatedAgent,
  id: string,
  ending: Ending,
  fate: Fate,
): Promise<void> {
  if (fate === "request is lost") return;
  const lease = recordOf(simulation, id);
  const isHeldNow = isHeld(simulation, holder, id);
  const answer = await holder.agent.finish(id, exits[ending]);
  const body = (await answer.json()) as { duplicate?: boolean; code?: string };
  noteSeen(simulation, situationOf(simulation, lease, holder, isHeldNow));
  if (lease.agent !== holder) must(!answer.ok, `the foreign lease ${id} was finished`);
  else if (lease.isFinished)
    must(answer.ok && body.duplicate === true, `the repeated finish of ${id} is ${answer.status}`);
  else {
    must(
      answer.ok === isHeldNow,
      `finish of ${id} (${isHeldNow ? "live" : "stale"}) is answered with ${answer.status}`,
    );
    must(answer.ok || body.code === "lease_stale", `finish of the stale ${id} is called ${body.code}`);
    if (answer.ok) Object.assign(lease, { isFinished: true, isOver: true });
  }
  if (fate === "arrives" && lease.agent === holder) holder.known.delete(id);
}

function situationOf(
  simulation: Simulation,
  lease: LeaseRecord,
  holder: SimulatedAgent,
  isHeldNow: boolean,
): string {
  if (lease.agent !== holder) return "a foreign lease was finished";
  if (lease.isFinished) return "a finish was repeated";
  if (isHeldNow)
    return lease.expiresAt <= simulation.now()
      ? "a lease that had run out was finished before the tick"
      : "a lease was finished";
  return lease.isOver ? "a lost lease was finished late" : "a gone instance finished a lease";
}

/** A request of the process before the restart arrives now. */
export async function finishFromGone(
  simulation: Simulation,
  holder: SimulatedAgent,
  id: string,
  ending: Ending,
): Promise<void> {
  const { instance } = holder.agent;
  if (holder.gone === null) return;
  holder.agent.instance = holder.gone;
  await finish(simulation, holder, id, ending, "answer is lost");
  holder.agent.instance = instance;
}

/** An agent dies and starts again; it finds pods for some of the leases it knew. */
export async function restart(
  simulation: Simulation,
  holder: SimulatedAgent,
  isFound: (id: string) => boolean,
  fate: Fate,
): Promise<void> {
  holder.gone = holder.agent.instance;
  holder.agent.restart();
  const found = [...holder.known].filter(isFound);
  holder.known.clear();
  // Without an answer it asks again: an agent claims nothing before it has adopted.
  const requests = fate === "arrives" ? 1 : 2;
  for (let request = 0; request < requests; request += 1) {
    const before = new Map([...simulation.leases.values()].map((lease) => [lease, simulation.isLive(lease)]));
    const { held, cancelled, disowned } = await holder.agent.adopt(found);
    const kept = new Set([...held.map(({ leaseId }) => leaseId), ...cancelled]);
    for (const [lease, wasLive] of before) {
      if (lease.agent !== holder) must(!kept.has(lease.id), `${lease.id} of another agent was adopted`);
      else if (found.includes(lease.id))
        must(kept.has(lease.id) === wasLive, `adoption of ${lease.id} went wrong`);
      else if (lease.instance !== holder.agent.instance) lease.isOver = true;
    }
    must(
      disowned.every((id) => !kept.has(id)),
      "a lease is both adopted and disowned",
    );
    for (const id of kept)
      noteAdopted(simulation, holder, id, held.find(({ leaseId }) => leaseId === id)?.expiresAt);
  }
}

function noteAdopted(
  simulation: Simulation,
  holder: SimulatedAgent,
  id: string,
  expiresAt: string | undefined,
): void {
  const lease = recordOf(simulation, id);
  lease.instance = holder.agent.instance;
  lease.isAcknowledged = true;
  if (expiresAt !== undefined) lease.expiresAt = Date.parse(expiresAt);
  holder.known.add(id);
  noteSeen(simulation, "a lease was adopted");
}

export function recordOf(simulation: Simulation, id: string): LeaseRecord {
  const lease = simulation.leases.get(id);
  if (lease === undefined) throw new Error(`lease ${id} was never granted`);
  return lease;
}

/** Whether the hub must still accept what this agent says of this lease. */
function isHeld(simulation: Simulation, holder: SimulatedAgent, id: string): boolean {
  const lease = recordOf(simulation, id);
  return lease.agent === holder && lease.instance === holder.agent.instance && simulation.isLive(lease);
}

function isAcknowledgeable(simulation: Simulation, holder: SimulatedAgent, id: string): boolean {
  const lease = recordOf(simulation, id);
  const isInTime = lease.isAcknowledged || lease.acknowledgeBy > simulation.now();
  return isHeld(simulation, holder, id) && isInTime && !simulation.isCancelled(lease);
}
