import { labStart } from "@seatrial/lab/lab-component.ts";
import { componentNames } from "@seatrial/lab/native/component-names.ts";
import { startWorld, type World } from "../world.ts";
import { type ChangeState, isAllOver, isPast, readChange, startChange, untilChange } from "./change-run.ts";
import { checkChange, endingOf } from "./check-change.ts";
import { hasMetWork } from "./met-work.ts";
import { type ChangePlan, momentText } from "./plan-change.ts";
import { findRecovery, type Recovery } from "./recovery.ts";
import { strikeChange } from "./strike-change.ts";
import { summarise } from "./summarise.ts";

export type ChangeFaultOptions = {
  plans: readonly ChangePlan[];
  say: (line: string) => void;
};

/** One repetition as it went; `found` is empty when everything held. */
export type Repetition = {
  plan: ChangePlan;
  ending: string;
  recovery: Recovery | null;
  /** False: the fault met nothing that it could have disturbed, so all that held proves nothing. */
  hasMetWork: boolean;
  found: string[];
};

/** Where runs of plans are: the lab's first two. */
export const changeClusters = ["east", "west"] as const;
const slots = 3;

/**
 * Runs over two clusters, each with an environment, eight shards and one fault at a moment that the seed says. After each
 * the verdict must be right, every case counted once, the environment gone with its proof, and nothing left anywhere.
 */
export async function faultChanges({ plans, say }: ChangeFaultOptions): Promise<Repetition[]> {
  const world = await startWorld({ clusters: changeClusters.length, agents: { slots }, say });
  const repetitions: Repetition[] = [];
  try {
    for (const [number, plan] of plans.entries()) {
      say(`${number + 1}/${plans.length} ${planText(plan)}`);
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
    const struck = await readChange(world, id);
    const putBack = await strikeChange(world, plan);
    const mendedAt = Date.now();
    state = await untilChange(world, id, isAllOver);
    const recovery = await findRecovery(world, state, mendedAt);
    const found = await checkChange(world, plan, state);
    const met = await hasMetWork(world, plan, struck, state);
    await putBack();
    return { plan, ending: endingOf(state), recovery, hasMetWork: met, found };
  } catch (error) {
    const found = [error instanceof Error ? error.message : String(error)];
    const ending = state === null ? "no end" : endingOf(state);
    return { plan, ending, recovery: null, hasMetWork: false, found };
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

function sayOutcome(repetition: Repetition, say: (line: string) => void): void {
  const { plan, ending, recovery, found } = repetition;
  const times = recovery
    ? `; progress after ${recovery.progressSeconds} s, over after ${recovery.overSeconds} s`
    : "";
  say(`  ${ending}${times}`);
  if (!repetition.hasMetWork && found.length === 0)
    say("  it proved nothing: nothing shows that the fault met work");
  for (const line of found) say(`  FOUND ${line}`);
  if (found.length > 0)
    say(
      `  to repeat it: npm run faults -- change --count 1 --seed ${plan.seed} --kinds ${plan.kind.replaceAll(" ", "-")}`,
    );
}
