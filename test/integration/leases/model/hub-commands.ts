import { commandSuite } from "../../../support/lease-world.ts";
import { workerToken } from "../../../support/test-hub.ts";
import { must, noteSeen, type Simulation } from "./simulation.ts";

export type RunPlan = { project: number; shards: number; retries: number; infrastructureRetries: number };

export async function createRun(simulation: Simulation, plan: RunPlan): Promise<void> {
  const { project: index, ...fields } = plan;
  const project = simulation.projects[index % simulation.projects.length]?.name ?? "";
  const id = await simulation.world.createRun(project, [commandSuite(fields)]);
  simulation.runs.push({ id, project, isCancelled: false });
}

/** A cancel is refused only when the run is over. */
export async function cancelRun(simulation: Simulation, pick: number): Promise<void> {
  const run = simulation.runs[pick % simulation.runs.length];
  if (run === undefined) return;
  const path = `/v1/projects/${run.project}/runs/${run.id}/cancel`;
  const answer = await simulation.world.hub.call("POST", path);
  const { state } = await simulation.world.run(run.project, run.id);
  must(
    answer.ok || !["queued", "running"].includes(state),
    `the cancel of a ${state} run is ${answer.status}`,
  );
  if (answer.ok) run.isCancelled = true;
  noteSeen(simulation, answer.ok ? "a run was cancelled" : "a cancel came too late");
}

/** A worker takes entries and dies before it has done any: they come again when their time is over. */
export async function dieWithOutbox(simulation: Simulation): Promise<void> {
  const body = { limit: 5, waitSeconds: 0, visibilitySeconds: 5 };
  await simulation.world.hub.json("POST", "/worker/v1/outbox/claim", { token: workerToken, body });
}

/** What a hub that was away for longer than this gives every lease, less a usual gap; as the hub has it. */
const usualGapSeconds = 5;

/** What the model thinks that the hub does after its own absence. */
function forgiveAbsence(simulation: Simulation, now: number): void {
  const { leaseTimes, absentAfterSeconds } = simulation.world.hub.deps.settings;
  const gapSeconds = (now - (simulation.clock.tickedAt ?? now)) / 1_000;
  simulation.clock.tickedAt = now;
  if (gapSeconds <= absentAfterSeconds) return;
  const away = (gapSeconds - usualGapSeconds) * 1_000;
  const later = (until: number, seconds: number) =>
    Math.max(until, Math.min(until + away, now + seconds * 1_000));
  for (const lease of simulation.leases.values()) {
    if (lease.isOver) continue;
    const isSaved = lease.isAcknowledged && lease.expiresAt <= now;
    lease.expiresAt = later(lease.expiresAt, leaseTimes.leaseSeconds);
    lease.acknowledgeBy = later(lease.acknowledgeBy, leaseTimes.acknowledgeSeconds);
    if (isSaved && lease.expiresAt > now) noteSeen(simulation, "a lease outlived the hub's absence");
  }
}

/** The tick ends exactly what is due by the model's own account: nothing that ran out only while the hub was away. */
export async function tick(simulation: Simulation): Promise<void> {
  const now = simulation.now();
  forgiveAbsence(simulation, now);
  const open = [...simulation.leases.values()].filter(({ isOver }) => !isOver);
  const due = open.filter(
    (lease) => lease.expiresAt <= now || (!lease.isAcknowledged && lease.acknowledgeBy <= now),
  );
  const { handedBack, lost, nextDueInSeconds } = await simulation.world.tick();
  must(
    handedBack + lost === due.length,
    `${due.length} leases are due and ${handedBack} + ${lost} were ended`,
  );
  for (const lease of due) lease.isOver = true;
  noteSeen(simulation, "a hand-off went back", handedBack);
  noteSeen(simulation, "a lease ran out", lost);
  const isAnyOpen = open.length > due.length;
  must((nextDueInSeconds !== null) === isAnyOpen, `the next deadline is in ${nextDueInSeconds} s`);
}

/** Agents that do everything right from here on: every run must end. */
export async function drain(simulation: Simulation): Promise<void> {
  const { world, agents, runs } = simulation;
  for (let round = 0; round < 60; round += 1) {
    for (let look = 0; look < 3; look += 1) {
      world.hub.clock.advance(21);
      await tick(simulation);
    }
    await world.work();
    const states = await Promise.all(
      runs.map(async ({ project, id }) => (await world.run(project, id)).state),
    );
    if (states.every((state) => state !== "queued" && state !== "running")) return;
    for (const { agent } of agents) {
      const { leases } = await agent.claim({ slotsFree: 20, running: [] });
      for (const { leaseId } of leases) await agent.finish(leaseId);
    }
    await world.work();
  }
  throw new Error("a run did not end although its agents did everything right");
}

/** Ends whatever a failed simulation left, so that the next one starts from nothing. */
export async function clean(
  simulation: Simulation,
  open: readonly { project: string; id: string }[],
): Promise<void> {
  const { world } = simulation;
  for (const { project, id } of open)
    await world.hub.call("POST", `/v1/projects/${project}/runs/${id}/cancel`);
  for (let round = 0; round < 3; round += 1) {
    await world.work();
    for (let look = 0; look < 5; look += 1) {
      world.hub.clock.advance(21);
      await world.tick();
    }
  }
  simulation.clock.tickedAt = world.hub.clock.now().getTime();
  await world.work();
}
