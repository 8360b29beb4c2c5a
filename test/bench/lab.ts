import { randomInt } from "node:crypto";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { labInventory } from "@seatrial/lab/lab-inventory.ts";
import { labUp } from "@seatrial/lab/lab-up.ts";
import { isSame, type KillResult, killUpAndRepeat, killUpAndTakeDown, watchLogs } from "./lab-scenarios.ts";
import { publish } from "./report.ts";
import { summarize } from "./statistics.ts";

const rounds = 5;
const kills = 5;
const logSeconds = 180;
const goalSeconds = 30;

/**
 * How fast two clusters come up with warm tools, whether `down` leaves nothing, whether two kubelets on one machine
 * leave each other's logs alone, and whether a killed `up` can be repeated. Takes a lab that is up down first.
 * `--seed N` repeats the random points of an earlier run.
 */
export async function benchLab(): Promise<void> {
  const seed = readSeed();
  console.log(`seed ${seed}`);
  await labDown();
  const before = await labInventory();
  const upSeconds: number[] = [];
  const downSeconds: number[] = [];
  let cleanRounds = 0;
  for (let round = 0; round < rounds; round += 1) {
    upSeconds.push(await timed(() => labUp({ clusters: 2, driver: "native" })));
    downSeconds.push(await timed(() => labDown()));
    if (isSame(await labInventory(), before)) cleanRounds += 1;
    console.log(
      `round ${round + 1}: up ${upSeconds.at(-1)?.toFixed(1)} s, down ${downSeconds.at(-1)?.toFixed(1)} s`,
    );
  }
  const typicalSeconds = summarize(upSeconds).median;
  const killed: KillResult[] = [];
  let cleanDowns = 0;
  for (const fraction of randomFractions(seed, kills)) {
    if (await killUpAndTakeDown(fraction * typicalSeconds, before)) cleanDowns += 1;
    const result = await killUpAndRepeat(fraction * typicalSeconds, before);
    killed.push(result);
    console.log(`killed at ${result.killedAtSeconds.toFixed(2)} s: ${result.outcome}`);
  }
  const logs = await watchLogs(["east", "west"], logSeconds);
  await labDown();
  const isClean = isSame(await labInventory(), before);
  const up = summarize(upSeconds);
  const repaired = killed.filter(({ outcome }) => outcome === "repaired").length;
  publish({
    name: "lab",
    rows: [
      {
        what: "lab up, 2 clusters, warm tools",
        unit: "s",
        summary: up,
        goal: { text: `≤ ${goalSeconds} s`, met: up.median <= goalSeconds },
      },
      { what: "lab down, 2 clusters", unit: "s", summary: summarize(downSeconds) },
      {
        what: "up again after kill -9",
        unit: "s",
        summary: summarize(killed.map(({ repeatSeconds }) => repeatSeconds)),
      },
    ],
    notes: [
      `down left nothing in ${cleanRounds} of ${rounds} rounds, and ${isClean ? "nothing" : "SOMETHING"} at the end`,
      `up killed at ${kills} random points (seed ${seed}), then down: nothing left in ${cleanDowns} of ${kills}`,
      `up killed at ${kills} random points (seed ${seed}) and repeated: ${repaired} of ${kills} as new, nothing left`,
      ...logs.map(
        ({ cluster, found, wanted }) =>
          `logs of ${cluster} after ${logSeconds} s: ${found} of ${wanted} lines`,
      ),
    ],
    raw: { seed, upSeconds, downSeconds, cleanRounds, killed, cleanDowns, logs, isClean },
  });
  const isAllRight = cleanRounds === rounds && repaired === kills && cleanDowns === kills && isClean;
  if (!isAllRight || logs.some(({ found, wanted }) => found !== wanted)) process.exitCode = 1;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

function readSeed(): number {
  const index = process.argv.indexOf("--seed");
  const given = Number(process.argv[index + 1]);
  return index > 0 && Number.isInteger(given) ? given : randomInt(2 ** 31);
}

/** Numbers in [0, 1) that a seed gives again: the generator mulberry32. */
function randomFractions(seed: number, count: number): number[] {
  let state = seed | 0;
  return Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  });
}
