import { residentMib } from "../run/bundled-hub.ts";
import { type Point, slope } from "./figures.ts";
import type { BenchScaleOptions } from "./options.ts";
import type { ScaleWorld } from "./scale-world.ts";
import type { Measured, Sides } from "./sides.ts";

/** One size: what it took, and how much memory hub and agents (together) got per 1 000 shards, in MiB. */
export type Grown = Measured & {
  memory: Record<"hub" | "agents", { firstMib: number; lastMib: number; slopeMibPer1000: number | null }>;
};

const sampleMilliseconds = 2_000;

/** Runs each size once, from small to large, as long as there is time for one more. */
export async function growShards(
  world: ScaleWorld,
  sides: Sides,
  options: BenchScaleOptions,
): Promise<Grown[]> {
  const grown: Grown[] = [];
  const until = Date.now() + options.minutes * 60_000;
  for (const size of options.sizes) {
    if (Date.now() > until) break;
    const memory = sampleMemory(world);
    const measured = await sides.ours(size);
    const samples = await memory.stop();
    const of = (pick: (sample: Sample) => number) => describeMemory(samples, pick, measured);
    grown.push({ ...measured, memory: { hub: of(({ hub }) => hub), agents: of(({ agents }) => agents) } });
    console.log(`${size} shards: ${measured.seconds.toFixed(1)} s, ${measured.perSecond.toFixed(1)}/s`);
  }
  return grown;
}

type Sample = { seconds: number; hub: number; agents: number };

function sampleMemory(world: ScaleWorld) {
  const samples: Sample[] = [];
  const begin = performance.now();
  const take = async () => {
    const seconds = (performance.now() - begin) / 1_000;
    const agents = await Promise.all(world.agentPids.map(residentMib));
    samples.push({
      seconds,
      hub: await residentMib(world.hub.hubPid),
      agents: agents.reduce((sum, mib) => sum + mib, 0),
    });
  };
  const timer = setInterval(() => void take().catch(() => undefined), sampleMilliseconds);
  const first = take();
  return {
    async stop() {
      clearInterval(timer);
      await first;
      await take();
      return samples;
    },
  };
}

/** The slope leaves the first fifth out: heaps grow to their working size there. Null when there is too little to see. */
function describeMemory(samples: readonly Sample[], pick: (sample: Sample) => number, measured: Measured) {
  const settled = samples.slice(Math.floor(samples.length / 5));
  const points = settled.map((sample): Point => ({ x: sample.seconds, y: pick(sample) }));
  const [first, last] = [samples[0], samples.at(-1)];
  return {
    firstMib: first === undefined ? 0 : pick(first),
    lastMib: last === undefined ? 0 : pick(last),
    slopeMibPer1000: points.length < 10 ? null : (slope(points) / measured.perSecond) * 1_000,
  };
}
