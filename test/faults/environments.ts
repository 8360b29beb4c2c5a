import { sleep } from "@seatrial/contracts/time/clock.ts";
import { findInterleaved, readWrites } from "./check-writers.ts";
import { findLeaks } from "./find-leaks.ts";
import { type Life, liveOnce } from "./one-life.ts";
import { createRandom, type Random } from "./seeded-random.ts";
import { type Fault, nextFault, strike } from "./storm.ts";
import { startWorld, type World } from "./world.ts";

export type FaultOptions = {
  /** Environments in all, over all clusters. */
  count: number;
  clusters: number;
  atOnce: number;
  seed: number;
  say: (line: string) => void;
  /** Faults to strike in this order; without it the seed chooses until the last environment is gone. */
  faults?: readonly Fault[];
};

export type FaultsFound = {
  isClean: boolean;
  proofs: number;
  lives: Life[];
  leaks: string[];
  interleaved: string[];
  /** What was hit, in order. */
  struck: string[];
};

/**
 * Lives of environments while their parts are killed: afterwards nothing may be left, each must have a complete
 * proof, and no two runners may have written to one environment in turns.
 */
export async function faultEnvironments(options: FaultOptions): Promise<FaultsFound> {
  const { say, seed } = options;
  say(`seed ${seed}`);
  const world = await startWorld(options);
  try {
    const over = new AbortController();
    const storm = rage(world, options, createRandom(seed), over.signal);
    const lives = await liveAll(world, options);
    over.abort();
    const struck = await storm;
    return await judge(world, lives, struck, say);
  } finally {
    await world.close();
  }
}

async function liveAll(world: World, { count, atOnce, say }: FaultOptions): Promise<Life[]> {
  const lives: Life[] = [];
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const number = next++;
      const life = await liveOnce(world, number);
      lives.push(life);
      const steps = life.done.join(", ");
      say(
        `${lives.length}/${count} ${life.id} on ${life.cluster}: ${steps}${life.trouble ? `; ${life.trouble}` : ""}`,
      );
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return lives;
}

/** Faults one after the other with a pause in between, until the environments are gone or the list ends. */
async function rage(
  world: World,
  options: FaultOptions,
  random: Random,
  signal: AbortSignal,
): Promise<string[]> {
  const listed = options.faults && [...options.faults];
  const struck: string[] = [];
  for (;;) {
    await sleep(1_000 + random() * 5_000, signal);
    const fault = listed ? listed.shift() : nextFault(random, world.clusters);
    if (signal.aborted || fault === undefined) return struck;
    const said = await strike(world, fault, { patient: listed !== undefined }).catch(
      (error: unknown) => `${fault.kind}: ${String(error)}`,
    );
    options.say(`  ${said}`);
    struck.push(said);
  }
}

async function judge(
  world: World,
  lives: Life[],
  struck: string[],
  say: (line: string) => void,
): Promise<FaultsFound> {
  const namespaces = lives.map(({ namespace }) => namespace);
  const leaks: string[] = [];
  const interleaved: string[] = [];
  for (const cluster of world.clusters) {
    leaks.push(...(await findLeaks(cluster, namespaces)).map((leak) => `${cluster}: ${leak}`));
    for (const [namespace, writes] of await readWrites(cluster))
      interleaved.push(...findInterleaved(writes).map((found) => `${cluster} ${namespace}: ${found}`));
  }
  const proofs = lives.filter(({ isProved }) => isProved).length;
  const whole = lives.filter(({ trouble }) => trouble === null).length;
  for (const line of [...leaks, ...interleaved]) say(`FOUND ${line}`);
  say(`${lives.length} environments, ${whole} with their whole life, ${struck.length} faults`);
  say(
    `${leaks.length} leaked objects, ${proofs} complete proofs, ${interleaved.length} writes of a second writer`,
  );
  const isClean = leaks.length === 0 && interleaved.length === 0 && proofs === lives.length;
  return { isClean, proofs, lives, leaks, interleaved, struck };
}
