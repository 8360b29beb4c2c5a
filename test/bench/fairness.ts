import { parseArgs } from "node:util";
import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { createRandom, type Random } from "../faults/seeded-random.ts";
import { submitSteadily, waitsOf } from "./fairness/steady-load.ts";
import { publish, type Row } from "./report.ts";
import { startScaleWorld } from "./scale/scale-world.ts";
import { quantile, summarize } from "./statistics.ts";

const slotsPerAgent = 10;
/** Of a shard: between these, so that slots do not all get free together. */
const podSeconds = { least: 4, most: 6, mean: 5 };
const neighbourTimes = 10;
const warmUpSeconds = 5;

/** The neighbour has a quota below the slots, as a platform team gives it; or it may take every slot. */
const neighbours = { "with a quota of 30": 30, "without a quota": 10_000 } as const;
type Neighbour = keyof typeof neighbours;
type Phase = "alone" | Neighbour;

/**
 * `npm run bench -- fairness [--rounds 3] [--seconds 60] [--seed 1]`: how long a project's shards wait from queued to leased, alone
 * and while a neighbour submits ten times as much. The real hub over HTTP, real agents, fake nodes.
 */
export async function benchFairness(): Promise<void> {
  const options = {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
  } as const;
  const { values } = parseArgs({ args: process.argv.slice(3), options });
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  const random = createRandom(Number(values.seed));
  const world = await startScaleWorld({
    ...{ slots: slotsPerAgent, profileFolder: null },
    podMilliseconds: { least: podSeconds.least * 1_000, most: podSeconds.most * 1_000 },
  });
  try {
    await world.client.createProject({ name: "steady", runningQuota: 50 });
    const floods = new Map<Neighbour, ProjectClient>();
    for (const [index, kind] of (Object.keys(neighbours) as Neighbour[]).entries()) {
      await world.client.createProject({ name: `flood-${index}`, runningQuota: neighbours[kind] });
      floods.set(kind, world.client.project(`flood-${index}`));
    }
    const steady = world.client.project("steady");
    const waits: Record<Phase, number[][]> = { alone: [], "with a quota of 30": [], "without a quota": [] };
    const phases = Object.keys(waits) as Phase[];
    for (let round = 0; round < rounds; round += 1)
      for (let turn = 0; turn < phases.length; turn += 1) {
        const phase = phases[(round + turn) % phases.length] ?? "alone";
        const flood = phase === "alone" ? null : (floods.get(phase) ?? null);
        const measured = await measurePhase(steady, flood, seconds, random);
        waits[phase].push(measured);
        const p90 = quantile(measured, 0.9);
        console.log(
          `round ${round + 1} of ${rounds}: ${phase}, p90 of ${measured.length} waits ${p90.toFixed(0)} ms`,
        );
      }
    publish({
      name: "fairness",
      rows: toRows(waits, phases),
      notes: notes(rounds, seconds, values.seed),
      raw: { waits },
    });
  } finally {
    await world.close();
  }
}

/** Waits of one shard a second, in milliseconds, while the neighbour (if any) submits ten. */
async function measurePhase(
  steady: ProjectClient,
  flood: ProjectClient | null,
  seconds: number,
  random: Random,
): Promise<number[]> {
  const neighbour = flood === null ? null : submitSteadily(flood, neighbourTimes, random);
  // The flood fills the slots first.
  await new Promise((resolve) => setTimeout(resolve, (warmUpSeconds + podSeconds.most) * 1_000));
  const own = submitSteadily(steady, 1, random);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const waits = await waitsOf(steady, await own.stop());
  if (flood !== null) await cancelAll(flood, (await neighbour?.stop()) ?? []);
  await new Promise((resolve) => setTimeout(resolve, podSeconds.most * 1_000));
  return waits;
}

async function cancelAll(project: ProjectClient, runs: readonly string[]): Promise<void> {
  for (const run of runs)
    await project.cancelRun(run).catch((error: unknown) => {
      // Most are over by now.
      if (!(error instanceof SeatrialError && error.code === "run_finished")) throw error;
    });
}

function toRows(waits: Record<Phase, number[][]>, phases: Phase[]): Row[] {
  const p90 = (phase: Phase) => waits[phase].map((round) => quantile(round, 0.9));
  const alone = summarize(p90("alone")).median;
  return phases.map((phase) => {
    const summary = summarize(p90(phase));
    const ratio = summary.median / alone;
    const goal = { text: `≤ 1.5x of alone (is ${ratio.toFixed(2)}x)`, met: ratio <= 1.5 };
    const what = phase === "alone" ? "p90 wait, alone" : `p90 wait beside a flood ${phase}`;
    return { what, unit: "ms", summary, ...(phase === "alone" ? {} : { goal }) };
  });
}

function notes(rounds: number, seconds: number, seed: string): string[] {
  const slots = 4 * slotsPerAgent;
  return [
    `${rounds} rounds of ${seconds} s: one run of one shard a second in the mean, the neighbour of ${neighbourTimes}, at random moments (seed ${seed}); 4 agents, ${slots} slots, each shard takes ${podSeconds.least} to ${podSeconds.most} s`,
    `without a quota the neighbour has every slot: then nobody can be faster than the next slot that gets free, one each ${((podSeconds.mean / slots) * 1_000).toFixed(0)} ms in the mean`,
  ];
}
