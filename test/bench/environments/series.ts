import type { Row } from "../report.ts";
import { summarize } from "../statistics.ts";
import type { OurTimes } from "./our-environment.ts";
import type { RawTimes } from "./raw-environment.ts";

type Pair = { raw?: number; ours?: number };

export type Series = {
  add: (what: string, pair: Pair) => void;
  /** An apply: all applied, ready, and where ours spends its time. */
  ours: (what: string, times: { raw: RawTimes; ours: OurTimes }) => void;
  rows: () => Row[];
  notes: () => string[];
  raw: () => unknown;
};

/** How much more than the raw way ours may take, in milliseconds of medians; the issue of this part sets them. */
type Goal = { text: string; isMet: (raw: number, ours: number) => boolean };
const plus = (seconds: number): Goal => ({
  text: `≤ raw + ${seconds} s`,
  isMet: (raw, ours) => ours <= raw + seconds * 1_000,
});
const goals: Record<string, Goal> = {
  "cold, all applied": plus(0.8),
  "one object, all applied": plus(0.8),
  "no change, done": { text: "≤ 0.8 s", isMet: (_raw, ours) => ours <= 800 },
  removal: { text: "≤ 0.4x of raw", isMet: (raw, ours) => ours <= 0.4 * raw },
  "20 at once, all applied": plus(0.8 * 20),
};

/** Collects pairs of measurements and tells their medians, spread, ratio and goals. */
export function createSeries(): Series {
  const sides = new Map<string, { raw: number[]; ours: number[] }>();
  const steps = new Map<string, Map<string, number[]>>();
  const add = (what: string, { raw, ours }: Pair) => {
    const side = sides.get(what) ?? { raw: [], ours: [] };
    if (raw !== undefined) side.raw.push(raw);
    if (ours !== undefined) side.ours.push(ours);
    sides.set(what, side);
  };
  return {
    add,
    ours(what, { raw, ours }) {
      add(`${what}, all applied`, {
        raw: raw.applied,
        ...(ours.applied === null ? {} : { ours: ours.applied }),
      });
      add(`${what}, done`, { raw: raw.ready, ours: ours.done });
      add(`${what}, until taken`, { ours: ours.taken });
      const own = steps.get(what) ?? new Map<string, number[]>();
      steps.set(what, own);
      for (const { name, milliseconds } of ours.steps)
        own.set(name, [...(own.get(name) ?? []), milliseconds]);
    },
    rows: () => [...sides].flatMap(([what, side]) => rowsOf(what, side)),
    notes: () =>
      [...steps].map(([what, own]) => {
        const parts = [...own].map(([name, values]) => `${name} ${summarize(values).median.toFixed(0)}`);
        return `${what}, steps in ms: ${parts.join(" · ")}`;
      }),
    raw: () => ({ sides: Object.fromEntries(sides) }),
  };
}

function rowsOf(what: string, { raw, ours }: { raw: number[]; ours: number[] }): Row[] {
  const rows: Row[] = [];
  if (raw.length > 0) rows.push({ what: `${what}: raw`, unit: "ms", summary: summarize(raw) });
  if (ours.length === 0) return rows;
  const summary = summarize(ours);
  const rawMedian = raw.length > 0 ? summarize(raw).median : null;
  const goal = Object.entries(goals).find(([end]) => what.endsWith(end))?.[1];
  const ratio = rawMedian === null ? "" : ` (${(summary.median / rawMedian).toFixed(2)}x)`;
  rows.push({
    what: `${what}: ours${ratio}`,
    unit: "ms",
    summary,
    ...(goal && rawMedian !== null
      ? { goal: { text: goal.text, met: goal.isMet(rawMedian, summary.median) } }
      : {}),
  });
  return rows;
}
