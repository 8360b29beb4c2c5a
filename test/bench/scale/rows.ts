import type { Row } from "../report.ts";
import { summarize } from "../statistics.ts";
import { cpuMillisOf, perShard, writesOf } from "./breakdown.ts";
import { fluidBound, growthExponent } from "./figures.ts";
import type { Grown } from "./growth.ts";
import type { Measured } from "./sides.ts";

export type Rounds = Record<"ours" | "raw" | "rawKept" | "tekton" | "tektonStock", Measured[]>;

const rates = (rounds: readonly Measured[]) => summarize(rounds.map(({ perSecond }) => perSecond));
const goal = (text: string, met: boolean) => ({ goal: { text, met } });

/** Rates of all ways, and what ours costs beyond raw pods. */
export function rateRows(rounds: Rounds): Row[] {
  const [ours, raw, tekton] = [rates(rounds.ours), rates(rounds.raw), rates(rounds.tekton)];
  const [toRaw, toTekton] = [ours.median / raw.median, ours.median / tekton.median];
  const rate = (what: string, summary: Row["summary"], more: Pick<Row, "goal"> = {}) => ({
    ...{ what, unit: "/s", summary },
    ...more,
  });
  const writes = (ways: Measured[]) => summarize(perShard(ways, writesOf));
  const extra = writes(rounds.ours).median - writes(rounds.raw).median;
  return [
    rate("raw pods, removed at their end", raw),
    rate("raw pods, left there", rates(rounds.rawKept)),
    rate("Seatrial: shards", ours, goal(`≥ 0.85 of raw pods (is ${toRaw.toFixed(2)})`, toRaw >= 0.85)),
    rate("Tekton, stock: TaskRuns", rates(rounds.tektonStock)),
    rate("Tekton, tuned: TaskRuns", tekton, goal(`ours ≥ 2x (is ${toTekton.toFixed(1)}x)`, toTekton >= 2)),
    { what: "API writes per raw pod", unit: "", summary: writes(rounds.raw) },
    {
      what: "API writes per shard",
      unit: "",
      summary: writes(rounds.ours),
      ...goal(`≤ 0.2 more than raw (is ${extra.toFixed(2)} more)`, extra <= 0.2),
    },
    { what: "hub CPU per shard", unit: "ms", summary: summarize(perShard(rounds.ours, cpuMillisOf("hub"))) },
    {
      what: "agent CPU per shard",
      unit: "ms",
      summary: summarize(perShard(rounds.ours, cpuMillisOf("agents"))),
    },
  ];
}

/** The sizes, the large one against the bound that no scheduler beats, and how hub CPU grows. */
export function growthRows(rounds: Rounds, grown: readonly Grown[], slots: number): Row[] {
  const podsPerSecond = rates(rounds.raw).median;
  const rows: Row[] = grown.map((one) => {
    // Fake pods end at once: their duration adds up to nothing.
    const work = { shards: one.count, podsPerSecond, totalDurationSeconds: 0, slots };
    const ratio = one.seconds / fluidBound(work);
    const large = goal(`≤ 1.2x the bound (is ${ratio.toFixed(2)}x)`, ratio <= 1.2);
    const what = `${one.count} shards end to end`;
    return { what, unit: "s", summary: summarize([one.seconds]), ...(one.count === 10_000 ? large : {}) };
  });
  if (new Set(grown.map(({ count }) => count)).size < 2) return rows;
  const points = grown.map((one) => ({ x: one.count, y: one.spent.cpuSeconds.hub ?? 0 }));
  const exponent = growthExponent(points);
  return [
    ...rows,
    {
      what: `hub CPU growth, ${grown.map(({ count }) => count).join(", ")} shards`,
      unit: "",
      summary: summarize([exponent]),
      ...goal(`exponent ≤ 1.05 (is ${exponent.toFixed(3)})`, exponent <= 1.05),
    },
  ];
}

/** Hub CPU and memory of each size. */
export function growthNotes(grown: readonly Grown[]): string[] {
  return grown.map(({ count, perSecond, spent, memory }) => {
    const cpu = `hub CPU ${(spent.cpuSeconds.hub ?? 0).toFixed(2)} s`;
    const parts = Object.entries(memory).map(([part, { firstMib, lastMib, slopeMibPer1000: rise }]) => {
      const trend = rise === null ? "" : `, ${rise.toFixed(2)} MiB per 1000 shards`;
      return `${part} ${firstMib.toFixed(0)} → ${lastMib.toFixed(0)} MiB${trend}`;
    });
    return `${count} shards: ${perSecond.toFixed(1)}/s, ${cpu}; ${parts.join("; ")}`;
  });
}
