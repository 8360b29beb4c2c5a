import type { BenchScaleOptions } from "./options.ts";
import type { Sides } from "./sides.ts";
import type { TektonSettings } from "./task-runs.ts";

export type Tuned = { atOnce: number; tekton: TektonSettings; notes: string[] };

const podsAtOnce = [25, 50, 100, 200, 400];
const settings: TektonSettings[] = [8, 32, 64].flatMap((threads) => [
  { threads, qps: 100, burst: 200 },
  { threads, qps: 500, burst: 1_000 },
  { threads, qps: 2_000, burst: 4_000 },
]);

/** Finds with what a plain client and Tekton are fastest here: each of a grid once, the best is what is compared with. */
export async function tune(sides: Sides, options: BenchScaleOptions): Promise<Tuned> {
  if (options.untuned) {
    const notes = ["not tuned in this run: no figures to compare with"];
    return { atOnce: 100, tekton: { threads: 32, qps: 500, burst: 1_000 }, notes };
  }
  const raw: { atOnce: number; perSecond: number }[] = [];
  for (const atOnce of podsAtOnce) {
    const { perSecond } = await sides.raw(Math.min(options.shards, 400), atOnce, true);
    raw.push({ atOnce, perSecond });
    console.log(`raw pods, ${atOnce} at a time: ${perSecond.toFixed(1)}/s`);
  }
  const tekton: { setting: TektonSettings; perSecond: number }[] = [];
  for (const setting of settings) {
    const { perSecond } = await sides.tekton(Math.min(options.taskRuns, 150), setting);
    tekton.push({ setting, perSecond });
    console.log(`Tekton, ${describe(setting)}: ${perSecond.toFixed(1)}/s`);
  }
  return {
    atOnce: best(raw).atOnce,
    tekton: best(tekton).setting,
    notes: [
      `raw pods at a time → per second: ${raw.map((one) => `${one.atOnce} → ${one.perSecond.toFixed(1)}`).join(", ")}`,
      `Tekton's grid, per second: ${tekton.map((one) => `${describe(one.setting)} → ${one.perSecond.toFixed(1)}`).join("; ")}`,
    ],
  };
}

export const describe = (setting: TektonSettings): string =>
  setting === null ? "stock" : `${setting.threads} threads, ${setting.qps} QPS, burst ${setting.burst}`;

function best<One extends { perSecond: number }>(all: readonly One[]): One {
  return all.reduce((fastest, one) => (one.perSecond > fastest.perSecond ? one : fastest));
}
