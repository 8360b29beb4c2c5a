import { createRandom } from "../faults/seeded-random.ts";
import { makeArrivals } from "./day/arrivals.ts";
import { type CommitCost, waitIdeally, waitSerially } from "./day/bounds.ts";
import { type DayWorld, startDayWorld } from "./day/day-world.ts";
import { type DayOptions, readDayOptions } from "./day/options.ts";
import { type Ended, type Replayed, replayAlone, replayDay } from "./day/replay-day.ts";
import { slotSecondsOf } from "./day/slot-use.ts";
import { publish, type Row } from "./report.ts";
import { cpuOf } from "./scale/meter.ts";
import { quantile, summarize } from "./statistics.ts";

type Day = { arrivals: number[]; replayed: Replayed; slotSeconds: number[]; cpuSeconds: number };

/**
 * `npm run bench -- day`: a day of pull requests in minutes, through webhooks, on fake nodes that act as four clusters.
 * The day is so long that the many commits take 75 % of its slot-seconds; then a quiet one with the same slots. What a
 * pipeline would do that takes one commit after another is computed from what one commit alone takes.
 */
export async function benchDay(): Promise<void> {
  const options = readDayOptions(process.argv.slice(3));
  const world = await startDayWorld(options);
  try {
    // Not measured: the first one meets cold code.
    await replayAlone(world, 1);
    const alone = await replayAlone(world, options.alone);
    const cost = await costOf(world, options, alone);
    const slots = options.slots * world.scale.clusters.length;
    const daySeconds = (options.commits * cost.shards * cost.slotSeconds) / (options.load * slots);
    console.log(
      `alone: ${median(alone).toFixed(1)} s; the day has ${daySeconds.toFixed(0)} s on ${slots} slots`,
    );
    const few = await measure(world, makeArrivals(createRandom(options.seed), options.few, daySeconds));
    const many = await measure(world, makeArrivals(createRandom(options.seed), options.commits, daySeconds));
    if (world.github.violations.length > 0)
      throw new Error(`GitHub's description: ${world.github.violations[0]}`);
    const notes = [
      `${options.commits} and ${options.few} commits in ${daySeconds.toFixed(0)} s, ${options.shards} shards each, pods of ${options.podSeconds} s; ${slots} slots on 4 clusters; seed ${options.seed}`,
      `slot-seconds used, of those in the day: ${share(many, slots, daySeconds)} by ${options.commits} commits, ${share(few, slots, daySeconds)} by ${options.few}`,
      `one commit alone: ${median(alone).toFixed(1)} s, of which a shard holds its slot ${cost.slotSeconds.toFixed(1)} s`,
      `CPU per commit, all parts together: ${perCommit(many)} s and ${perCommit(few)} s; all done after ${many.replayed.seconds.toFixed(0)} s and ${few.replayed.seconds.toFixed(0)} s`,
      `with fewer slots and the same load, ideally: ${fewerSlots(options, slots, cost)}`,
      "ideally: slots given out at once, first come first served; serially: computed from one commit alone",
    ];
    publish({
      name: "day",
      rows: rowsOf(many, few, cost, slots, median(alone)),
      notes,
      raw: { options, cost, alone, many, few },
    });
  } finally {
    await world.close();
  }
}

async function measure(world: DayWorld, arrivals: number[]): Promise<Day> {
  const cpu = async () =>
    Object.values(await cpuOf(world.scale.parts())).reduce((sum, seconds) => sum + seconds, 0);
  const before = await cpu();
  const replayed = await replayDay(world, arrivals);
  const cpuSeconds = (await cpu()) - before;
  const slotSeconds = await slotSecondsOf(
    world.project,
    replayed.commits.map(({ number }) => number),
  );
  console.log(`${arrivals.length} commits: p90 ${quantile(secondsOf(replayed.commits), 0.9).toFixed(1)} s`);
  return { arrivals, replayed, slotSeconds, cpuSeconds };
}

async function costOf(world: DayWorld, options: DayOptions, alone: readonly Ended[]): Promise<CommitCost> {
  const held = await slotSecondsOf(
    world.project,
    alone.map(({ number }) => number),
  );
  const slotSeconds = held.reduce((sum, seconds) => sum + seconds, 0) / held.length;
  return { shards: options.shards, slotSeconds, otherSeconds: Math.max(0, median(alone) - slotSeconds) };
}

function rowsOf(many: Day, few: Day, cost: CommitCost, slots: number, aloneSeconds: number): Row[] {
  const row = (what: string, seconds: readonly number[], goal?: Row["goal"]): Row => ({
    ...{ what, unit: "s", summary: summarize(seconds) },
    ...(goal === undefined ? {} : { goal }),
  });
  const [measuredMany, measuredFew] = [secondsOf(many.replayed.commits), secondsOf(few.replayed.commits)];
  const ratio = (all: readonly number[], less: readonly number[]) => quantile(all, 0.9) / quantile(less, 0.9);
  const [idealMany, idealFew] = [many, few].map(({ arrivals }) => waitIdeally(arrivals, slots, cost));
  const [serialMany, serialFew] = [many, few].map(({ arrivals }) => waitSerially(arrivals, aloneSeconds));
  const measured = ratio(measuredMany, measuredFew);
  const best = ratio(idealMany ?? [], idealFew ?? []);
  return [
    row(`Seatrial, ${few.arrivals.length} commits: commit → check`, measuredFew),
    row(`Seatrial, ${many.arrivals.length} commits: commit → check`, measuredMany, {
      text: `p90 ≤ 1.2x that of ${few.arrivals.length} (is ${measured.toFixed(2)}x; ideally ${best.toFixed(2)}x)`,
      met: measured <= 1.2,
    }),
    row(`ideally, ${few.arrivals.length} commits`, idealFew ?? []),
    row(`ideally, ${many.arrivals.length} commits`, idealMany ?? []),
    row(`serially, ${few.arrivals.length} commits`, serialFew ?? []),
    row(`serially, ${many.arrivals.length} commits`, serialMany ?? []),
  ];
}

/** A commit that takes more of all slots meets a full house more often, whoever gives them out. */
function fewerSlots({ commits, few, seed, load }: DayOptions, slots: number, cost: CommitCost): string {
  return [2, 5, 10]
    .map((part) => Math.max(1, Math.round(slots / part)))
    .map((fewer) => {
      const seconds = (commits * cost.shards * cost.slotSeconds) / (load * fewer);
      const p90 = (count: number) =>
        quantile(waitIdeally(makeArrivals(createRandom(seed), count, seconds), fewer, cost), 0.9);
      return `${fewer} → ${(p90(commits) / p90(few)).toFixed(2)}x`;
    })
    .join(", ");
}

const secondsOf = (commits: readonly Ended[]) => commits.map(({ seconds }) => seconds);
const median = (commits: readonly Ended[]) => quantile(secondsOf(commits), 0.5);
const perCommit = ({ cpuSeconds, arrivals }: Day) => (cpuSeconds / arrivals.length).toFixed(2);
const share = ({ slotSeconds }: Day, slots: number, daySeconds: number) =>
  `${((100 * slotSeconds.reduce((sum, seconds) => sum + seconds, 0)) / (slots * daySeconds)).toFixed(0)} %`;
