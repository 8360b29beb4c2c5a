import { publish } from "./report.ts";
import { breakdown } from "./scale/breakdown.ts";
import { growShards } from "./scale/growth.ts";
import { type BenchScaleOptions, readScaleOptions } from "./scale/options.ts";
import { growthNotes, growthRows, type Rounds, rateRows } from "./scale/rows.ts";
import { startScaleWorld } from "./scale/scale-world.ts";
import { openSides, type Sides } from "./scale/sides.ts";
import { installTekton } from "./scale/task-runs.ts";
import { describe, type Tuned, tune } from "./scale/tune.ts";

/**
 * `npm run bench -- scale`: shards through the whole of Seatrial against raw pods and Tekton's TaskRuns, in turns, on
 * fake nodes of one control plane that acts as four clusters; then from 100 to 30 000 shards.
 */
export async function benchScale(): Promise<void> {
  const options = readScaleOptions(process.argv.slice(3));
  const world = await startScaleWorld({ ...options, podMilliseconds: { least: 0, most: 0 } });
  try {
    await world.client.createProject({ name: "scale", runningQuota: 10_000 });
    await installTekton(world.plane);
    const sides = await openSides(world, world.client.project("scale"));
    const tuned = await tune(sides, options);
    const rounds = await measureRounds(sides, tuned, options);
    const grown = await growShards(world, sides, options);
    publish({
      name: "scale",
      rows: [...rateRows(rounds), ...growthRows(rounds, grown, options.slots * world.clusters.length)],
      notes: [
        `${options.rounds} rounds; ${options.shards} shards and pods, ${options.taskRuns} TaskRuns in each`,
        `Seatrial: 4 agents with ${options.slots} slots; raw pods: ${tuned.atOnce} at a time; Tekton tuned: ${describe(tuned.tekton)}`,
        ...tuned.notes,
        ...breakdown(rounds),
        ...growthNotes(grown),
      ],
      raw: { options, tuned, rounds, grown },
    });
  } finally {
    await world.close();
  }
}

async function measureRounds(sides: Sides, tuned: Tuned, options: BenchScaleOptions): Promise<Rounds> {
  const rounds: Rounds = { ours: [], raw: [], rawKept: [], tekton: [], tektonStock: [] };
  const ways: [keyof Rounds, () => ReturnType<Sides["ours"]>][] = [
    ["ours", () => sides.ours(options.shards)],
    ["raw", () => sides.raw(options.shards, tuned.atOnce, true)],
    ["rawKept", () => sides.raw(options.shards, tuned.atOnce, false)],
    ["tekton", () => sides.tekton(options.taskRuns, tuned.tekton)],
    ["tektonStock", () => sides.tekton(Math.ceil(options.taskRuns / 3), null)],
  ];
  for (let round = 0; round < options.rounds; round += 1)
    for (let turn = 0; turn < ways.length; turn += 1) {
      // Who goes first changes, so that nobody always follows the same one.
      const [way, measure] = ways[(round + turn) % ways.length] ?? [];
      if (way === undefined || measure === undefined) continue;
      const measured = await measure();
      rounds[way].push(measured);
      console.log(`round ${round + 1} of ${options.rounds}: ${way} ${measured.perSecond.toFixed(1)}/s`);
    }
  return rounds;
}
