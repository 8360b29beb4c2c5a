import { parseArgs } from "node:util";

const defaults = {
  rounds: { type: "string", default: "3" },
  /** In each round, for Seatrial and for raw pods. */
  shards: { type: "string", default: "1000" },
  /** In each round, for tuned Tekton; with stock settings a third of it. */
  "task-runs": { type: "string", default: "300" },
  /** Of each of the four agents; the best of 10, 25 and 100. */
  slots: { type: "string", default: "25" },
  sizes: { type: "string", default: "100,300,1000,3000,10000,30000" },
  /** No further size is begun after this. */
  minutes: { type: "string", default: "120" },
  /** Without the two grids, by what was best before: to try the benchmark itself, not for figures. */
  untuned: { type: "boolean", default: false },
  profile: { type: "string" },
} as const;

/** What `npm run bench -- scale` takes: `--rounds 3 --shards 1000 --sizes 100,300 --minutes 60 --profile <folder>`. */
export function readScaleOptions(words: string[]) {
  const { values } = parseArgs({ args: words, options: defaults });
  return {
    rounds: Number(values.rounds),
    shards: Number(values.shards),
    taskRuns: Number(values["task-runs"]),
    slots: Number(values.slots),
    sizes: values.sizes.split(",").filter(Boolean).map(Number),
    minutes: Number(values.minutes),
    untuned: values.untuned,
    profileFolder: values.profile ?? null,
  };
}
export type BenchScaleOptions = ReturnType<typeof readScaleOptions>;
