import { parseArgs } from "node:util";
import type { HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { createRandom, type Random } from "../faults/seeded-random.ts";
import { cases, type FairnessCase, floodOf, neighbourTimes, podSeconds, slots } from "./fairness/cases.ts";
import { type Load, submitSteadily, waitsOf } from "./fairness/steady-load.ts";
import { publish, type Row } from "./report.ts";
import { startScaleWorld } from "./scale/scale-world.ts";
import { quantile, summarize } from "./statistics.ts";

const warmUpSeconds = 5;
const alone = "alone";

/** A project by itself, or beside a neighbour. */
type Phase = { name: string; load: Load; project: ProjectClient; flood: ProjectClient | null };

/**
 * `npm run bench -- fairness [--rounds 3] [--seconds 60] [--seed 1]`: how long a project's shards wait from queued to
 * leased, alone and while a neighbour submits ten times as much. The real hub over HTTP, real agents, fake nodes.
 */
export async function benchFairness(): Promise<void> {
  const options = {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
  } as const;
  const { values } = parseArgs({ args: process.argv.slice(3), options });
  const [rounds, seconds, seed] = [Number(values.rounds), Number(values.seconds), Number(values.seed)];
  const world = await startScaleWorld({
    ...{ slots: slots / 4, profileFolder: null },
    podMilliseconds: { least: podSeconds.least * 1_000, most: podSeconds.most * 1_000 },
  });
  try {
    const rows: Row[] = [];
    const raw: Record<string, Record<string, number[][]>> = {};
    for (const one of cases) {
      const phases = await createPhases(world.client, one);
      const waits = await measureRounds(phases, { rounds, seconds, seed });
      rows.push(...toRows(one, waits));
      raw[one.name] = Object.fromEntries(waits);
    }
    publish({ name: "fairness", rows, notes: notes(rounds, seconds, seed), raw });
  } finally {
    await world.close();
  }
}

async function createPhases(client: HubClient, one: FairnessCase): Promise<Phase[]> {
  const named = (name: string) => name.replaceAll(" ", "-");
  const own = named(one.name);
  await client.createProject({ name: own, runningQuota: one.runningQuota });
  const common = { load: one.load, project: client.project(own) };
  const phases: Phase[] = [{ ...common, name: alone, flood: null }];
  for (const { name, runningQuota } of one.neighbours) {
    const flood = named(`flood ${name}`);
    await client.createProject({ name: flood, runningQuota });
    phases.push({ ...common, name, flood: client.project(flood) });
  }
  return phases;
}

/** Waits by phase and round. In each round the project submits at the same moments, whatever the phase. */
async function measureRounds(
  phases: readonly Phase[],
  { rounds, seconds, seed }: { rounds: number; seconds: number; seed: number },
): Promise<Map<string, number[][]>> {
  const waits = new Map<string, number[][]>(phases.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1)
    for (let turn = 0; turn < phases.length; turn += 1) {
      const phase = phases[(round + turn) % phases.length];
      if (phase === undefined) continue;
      const measured = await measurePhase(phase, seconds, createRandom(seed + round));
      waits.get(phase.name)?.push(measured);
      const p90 = quantile(measured, 0.9).toFixed(0);
      const { shards, everySeconds } = phase.load;
      console.log(
        `round ${round + 1} of ${rounds}: ${shards} shards each ${everySeconds} s, ${phase.name}: p90 of ${measured.length} waits ${p90} ms`,
      );
    }
  return waits;
}

/** Waits of the project's shards, in milliseconds, while the neighbour (if any) submits ten times as many. */
async function measurePhase(phase: Phase, seconds: number, random: Random): Promise<number[]> {
  const { load, project, flood } = phase;
  const neighbour = flood === null ? null : submitSteadily(flood, floodOf(load), createRandom(0));
  // The flood fills the slots first.
  await new Promise((resolve) => setTimeout(resolve, (warmUpSeconds + podSeconds.most) * 1_000));
  const own = submitSteadily(project, load, random);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const waits = await waitsOf(project, await own.stop());
  if (flood !== null) await cancelAll(flood, (await neighbour?.stop()) ?? []);
  await new Promise((resolve) => setTimeout(resolve, 2 * podSeconds.most * 1_000));
  return waits;
}

async function cancelAll(project: ProjectClient, runs: readonly string[]): Promise<void> {
  for (const run of runs)
    await project.cancelRun(run).catch((error: unknown) => {
      // Most are over by now.
      if (!(error instanceof SeatrialError && error.code === "run_finished")) throw error;
    });
}

function toRows(one: FairnessCase, waits: ReadonlyMap<string, number[][]>): Row[] {
  const p90 = (phase: string) => summarize((waits.get(phase) ?? []).map((round) => quantile(round, 0.9)));
  const { median } = p90(alone);
  return [...waits.keys()].map((phase) => {
    const summary = p90(phase);
    const ratio = summary.median / median;
    const goal = { text: `≤ 1.5x of alone (is ${ratio.toFixed(2)}x)`, met: ratio <= 1.5 };
    const beside = phase === alone ? alone : `beside a flood, ${phase}`;
    return {
      what: `p90 wait, ${one.name}, ${beside}`,
      unit: "ms",
      summary,
      ...(phase === alone ? {} : { goal }),
    };
  });
}

function notes(rounds: number, seconds: number, seed: number): string[] {
  const loads = cases.map(
    ({ name, load, runningQuota }) =>
      `${name}: a run of ${load.shards} shards each ${load.everySeconds} s in the mean, of at most ${runningQuota} at a time`,
  );
  return [
    `${rounds} rounds of ${seconds} s each, at random moments (seed ${seed}); 4 agents, ${slots} slots, each shard takes ${podSeconds.least} to ${podSeconds.most} s; the neighbour submits ${neighbourTimes} times as many shards, ten in each run`,
    ...loads,
    `without a quota the neighbour has every slot: then nobody can be faster than the next slot that gets free, one each ${((podSeconds.mean / slots) * 1_000).toFixed(0)} ms in the mean`,
  ];
}
