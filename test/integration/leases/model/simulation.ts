import type { LeaseWorld } from "../../../support/lease-world.ts";
import type { ShardClaim, TestAgent } from "../../../support/test-agent.ts";

/** What must be true of a lease, by the answers that the hub gave and the time that passed. */
export type LeaseRecord = {
  id: string;
  attemptId: string;
  runId: string;
  agent: SimulatedAgent;
  instance: string;
  expiresAt: number;
  acknowledgeBy: number;
  isAcknowledged: boolean;
  /** Finished, handed back, expired and noticed, or lost by adoption: never live again. */
  isOver: boolean;
  isFinished: boolean;
};

/** An agent with what it remembers; answers that were lost are not among it. */
export type SimulatedAgent = {
  name: string;
  agent: TestAgent;
  known: Set<string>;
  /** The instance before the last restart: a process that is gone, whose requests may still be on their way. */
  gone: string | null;
};

/** What becomes of a request on its way. */
export type Fate = "arrives" | "request is lost" | "answer is lost";

export type SimulatedRun = { id: string; project: string; isCancelled: boolean };

export type Simulation = {
  readonly world: LeaseWorld;
  readonly agents: readonly SimulatedAgent[];
  readonly projects: readonly { name: string; quota: number }[];
  readonly leases: Map<string, LeaseRecord>;
  readonly runs: SimulatedRun[];
  /** How often each situation came up: a property that never meets one says nothing about it. */
  readonly seen: Map<string, number>;
  /** When the hub last did its work of time; shared by all simulations of a hub. */
  readonly clock: { tickedAt: number | null };
  now(): number;
  /** Until the tick takes it back: that alone ends what has run out. */
  isLive(lease: LeaseRecord): boolean;
  isCancelled(lease: LeaseRecord): boolean;
};

/** A simulation at its start: nothing granted, nothing run. Hub, agents and projects are shared by all of them. */
export function createSimulation(
  world: LeaseWorld,
  agents: readonly SimulatedAgent[],
  projects: Simulation["projects"],
  seen: Simulation["seen"],
  clock: Simulation["clock"],
): Simulation {
  for (const holder of agents) {
    holder.agent.restart();
    holder.known.clear();
    holder.gone = null;
  }
  const runs: SimulatedRun[] = [];
  const now = () => world.hub.clock.now().getTime();
  return {
    world,
    agents,
    projects,
    leases: new Map(),
    runs,
    seen,
    clock,
    now,
    isLive: (lease) => !lease.isOver,
    isCancelled: (lease) => runs.find(({ id }) => id === lease.runId)?.isCancelled ?? false,
  };
}

/** Checks a claim's grants against everything granted before, and remembers them. */
export function noteGrants(simulation: Simulation, holder: SimulatedAgent, answer: ShardClaim): void {
  for (const { leaseId, work, expiresAt, acknowledgeBy } of answer.leases) {
    const known = simulation.leases.get(leaseId);
    if (known !== undefined) {
      const isSameHandOff = known.agent === holder && known.instance === holder.agent.instance;
      must(
        isSameHandOff && known.attemptId === work.attemptId,
        `lease ${leaseId} was granted to two holders`,
      );
      must(
        simulation.isLive(known) && !known.isAcknowledged,
        `lease ${leaseId} was handed out again when it was over`,
      );
      continue;
    }
    const others = [...simulation.leases.values()].filter((lease) => lease.attemptId === work.attemptId);
    must(
      others.every((lease) => lease.isOver),
      `attempt ${work.attemptId} is granted twice at a time`,
    );
    noteSeen(simulation, others.length > 0 ? "an attempt was granted anew" : "an attempt was granted");
    simulation.leases.set(leaseId, {
      id: leaseId,
      attemptId: work.attemptId,
      runId: work.runId,
      agent: holder,
      instance: holder.agent.instance,
      expiresAt: Date.parse(expiresAt),
      acknowledgeBy: Date.parse(acknowledgeBy),
      isAcknowledged: false,
      isOver: false,
      isFinished: false,
    });
  }
}

export function noteSeen({ seen }: Simulation, situation: string, times = 1): void {
  if (times > 0) seen.set(situation, (seen.get(situation) ?? 0) + times);
}

/** Fails the property with a sentence. */
export function must(condition: boolean, sentence: string): void {
  if (!condition) throw new Error(sentence);
}
