import { labStart } from "@seatrial/lab/lab-component.ts";
import { componentNames } from "@seatrial/lab/native/component-names.ts";
import { startWorld, type World } from "../world.ts";
import { type ChangeState, isAllOver, isPast, startChange, untilChange } from "./change-run.ts";
import { checkChange, endingOf } from "./check-change.ts";
import type { ChangeFaultKind } from "./kinds.ts";
import { type ChangePlan, dealKinds, momentText, planChange, seedOf } from "./plan-change.ts";
import { findRecovery, type Recovery } from "./recovery.ts";
import { strikeChange } from "./strike-change.ts";
import { summarise } from "./summarise.ts";

export type ChangeFaultOptions = {
  count: number;
  seed: number;
  kinds: readonly ChangeFaultKind[];
  say: (line: string) => void;
};

/** One repetition as it went; `found` is empty when everything held. */
export type Repetition = {
  plan: ChangePlan;
  ending: string;
  recovery: Recovery | null;
  found: string[];
};

const clusterCount = 2;
const slots = 3;

/**
 * Runs over two clusters, each with an environment, eight shards and one fault at a moment that the seed says. After each
 * the verdict must be right, every case counted once, the environment gone with its proof, and nothing left anywhere.
 */
export async function faultChanges(options: ChangeFaultOptions): Promise<Repetition[]> {
  const { count, seed, say } = options;
  say(`seed ${seed}`);
  const world = await startWorld({ clusters: clusterCount, agents: { slots }, say });
  const repetitions: Repetition[] = [];
  try {
    for (const [number, kind] of dealKinds(count, seed, options.kinds).entries()) {
      const plan = planChange(kind, seedOf(seed, number), world.clusters);
      say(`${number + 1}/${count} ${planText(plan)}`);
      const repetition = await repeatOnce(world, plan);
      repetitions.push(repetition);
      sayOutcome(repetition, say);
    }
  } finally {
    await world.close();
  }
  for (const line of summarise(repetitions)) say(line);
  return repetitions;
}

async function repeatOnce(world: World, plan: ChangePlan): Promise<Repetition> {
  let state: ChangeState | null = null;
  try {
    const { id } = await startChange(world, plan);
    await untilChange(world, id, (now) => isPast(plan.moment, now));
    await new Promise((resolve) => setTimeout(resolve, plan.delaySeconds * 1_000));
    const putBack = await strikeChange(world, plan);
    const mendedAt = Date.now();
    state = await untilChange(world, id, isAllOver);
    const recovery = await findRecovery(world, state, mendedAt);
    const found = await checkChange(world, plan, state);
    await putBack();
    return { plan, ending: endingOf(state), recovery, found };
  } catch (error) {
    const found = [error instanceof Error ? error.message : String(error)];
    return { plan, ending: state === null ? "no end" : endingOf(state), recovery: null, found };
  } finally {
    await restore(world);
  }
}

/** Whatever a repetition left: the next one begins with every part running. */
async function restore(world: World): Promise<void> {
  for (const cluster of world.clusters) for (const name of componentNames) await labStart(cluster, name);
  const members = [...world.agents.values(), ...world.provisioners.values()];
  for (const process of [world.temporal, world.hub, world.worker, ...members]) process.start();
}

function planText(plan: ChangePlan): string {
  const { kind, target, home, moment, delaySeconds, awaySeconds, redShard, seed } = plan;
  const red = redShard === null ? "" : `, shard ${redShard} red on purpose`;
  return `${kind} (${target}, environment in ${home}) ${momentText(moment)} + ${delaySeconds} s, for ${awaySeconds} s${red}; seed ${seed}`;
}

function sayOutcome({ plan, ending, recovery, found }: Repetition, say: (line: string) => void): void {
  const times = recovery
    ? `; progress after ${recovery.progressSeconds} s, over after ${recovery.overSeconds} s`
    : "";
  say(`  ${ending}${times}`);
  for (const line of found) say(`  FOUND ${line}`);
  if (found.length > 0)
    say(
      `  to repeat it: npm run faults -- change --count 1 --seed ${plan.seed} --kinds ${plan.kind.replaceAll(" ", "-")}`,
    );
}
