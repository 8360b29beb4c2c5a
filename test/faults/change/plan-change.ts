import { createRandom, pick, type Random } from "../seeded-random.ts";
import { awaySeconds, type ChangeFaultKind, strikesWork } from "./kinds.ts";

export const shardCount = 8;

/** When a fault strikes, by what the run has come to. */
export type Moment =
  /** The environment is being made. */
  | { at: "creating" }
  /** So many attempts have started, or ended. */
  | { at: "started"; attempts: number }
  | { at: "ended"; attempts: number }
  /** So many attempts run in this cluster now. */
  | { at: "running"; attempts: number; cluster: string }
  /** The run has its verdict, and the environment is being removed. */
  | { at: "removing" };

/** One repetition: everything about it that is left to chance follows from the seed. */
export type ChangePlan = {
  kind: ChangeFaultKind;
  seed: number;
  /** Where the environment is. */
  home: string;
  /** The cluster that is hit, where the fault is of one. */
  target: string;
  moment: Moment;
  delaySeconds: number;
  awaySeconds: number;
  /** The shard with a case that is red on purpose; null: all are green. */
  redShard: number | null;
  /** For the clock: forwards or backwards. */
  sign: "+" | "-";
};

function planChange(kind: ChangeFaultKind, seed: number, clusters: readonly string[]): ChangePlan {
  const random = createRandom(seed);
  const between = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const [shortest, longest] = awaySeconds[kind];
  const home = pick(random, clusters);
  const target = pick(random, clusters);
  const isAtWork = strikesWork.has(kind);
  return {
    ...{ kind, seed, home, target },
    moment: isAtWork ? pickWork(random, target) : pickMoment(random),
    // The shortest test runs for 3 s.
    delaySeconds: Math.round(random() * (isAtWork ? 10 : 30)) / 10,
    awaySeconds: between(shortest, longest),
    redShard: random() < 0.3 ? between(0, shardCount - 1) : null,
    sign: pick(random, ["+", "-"] as const),
  };
}

type FixedPlan = Pick<ChangePlan, "kind" | "home" | "target" | "moment"> & Partial<ChangePlan>;

/** A repetition of which nothing is left to chance. */
export function changePlan(fixed: FixedPlan): ChangePlan {
  const [shortest] = awaySeconds[fixed.kind];
  return {
    seed: 0,
    delaySeconds: 0,
    awaySeconds: Math.max(3, shortest),
    redShard: null,
    sign: "+",
    ...fixed,
  };
}

/** All repetitions of a seed. */
export function planChanges(
  count: number,
  seed: number,
  kinds: readonly ChangeFaultKind[],
  clusters: readonly string[],
): ChangePlan[] {
  return dealKinds(count, seed, kinds).map((kind, number) =>
    planChange(kind, seedOf(seed, number), clusters),
  );
}

function pickMoment(random: Random): Moment {
  const what = random();
  const attempts = 1 + Math.floor(random() * (shardCount - 1));
  if (what < 0.2) return { at: "creating" };
  if (what < 0.6) return { at: "started", attempts };
  return what < 0.85 ? { at: "ended", attempts } : { at: "removing" };
}

/** Not all slots of a cluster: it may never come to that. */
function pickWork(random: Random, cluster: string): Moment {
  return { at: "running", attempts: 1 + Math.floor(random() * 2), cluster };
}

/** Kinds for so many repetitions, dealt as from shuffled decks: each comes once before any comes again. */
function dealKinds(count: number, seed: number, kinds: readonly ChangeFaultKind[]): ChangeFaultKind[] {
  const random = createRandom(seed);
  const dealt: ChangeFaultKind[] = [];
  while (dealt.length < count) {
    const deck = kinds.map((kind) => ({ kind, rank: random() }));
    dealt.push(...deck.sort((one, other) => one.rank - other.rank).map(({ kind }) => kind));
  }
  return dealt.slice(0, count);
}

/** The seed of a repetition; the first one's is the whole run's, so that it can be repeated alone. */
function seedOf(seed: number, repetition: number): number {
  return (seed + repetition * 7_919) % 2 ** 31;
}

export function momentText(moment: Moment): string {
  if (moment.at === "creating") return "while the environment is made";
  if (moment.at === "removing") return "while the environment is removed";
  if (moment.at === "running") return `while ${moment.attempts} or more attempts run in ${moment.cluster}`;
  const nth = `attempt ${moment.attempts}`;
  return moment.at === "started" ? `after ${nth} started` : `after ${nth} ended`;
}
