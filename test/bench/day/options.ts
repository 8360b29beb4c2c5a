import { parseArgs } from "node:util";

const defaults = {
  commits: { type: "string", default: "200" },
  /** The quiet day, with the same slots and the same length. */
  few: { type: "string", default: "30" },
  /** Commits one after another, each alone: what one costs. */
  alone: { type: "string", default: "5" },
  /** Of each commit's run. */
  shards: { type: "string", default: "4" },
  "pod-seconds": { type: "string", default: "60" },
  /** Of each of the four agents. */
  slots: { type: "string", default: "40" },
  /** Of all slot-seconds of the day, by the commits of the full one. */
  load: { type: "string", default: "0.75" },
  seed: { type: "string", default: "1" },
} as const;

/** What `npm run bench -- day` takes: `--commits 200 --few 30 --alone 5 --shards 4 --pod-seconds 60 --slots 40`. */
export function readDayOptions(words: string[]) {
  const { values } = parseArgs({ args: words, options: defaults });
  return {
    commits: Number(values.commits),
    few: Number(values.few),
    alone: Number(values.alone),
    shards: Number(values.shards),
    podSeconds: Number(values["pod-seconds"]),
    slots: Number(values.slots),
    load: Number(values.load),
    seed: Number(values.seed),
  };
}
export type DayOptions = ReturnType<typeof readDayOptions>;
