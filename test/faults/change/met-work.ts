import { readPages } from "@seatrial/contracts/client/read-pages.ts";
import { runIsOver } from "@seatrial/contracts/runs/lifecycle.ts";
import { persist } from "../persist.ts";
import type { World } from "../world.ts";
import type { ChangeState } from "./change-run.ts";
import { strikesWork } from "./kinds.ts";
import type { ChangePlan } from "./plan-change.ts";

/**
 * True unless the fault is one that needs work to meet and met none. `struck`: the run just before the fault; `end`: when
 * all was over.
 */
export async function hasMetWork(
  world: World,
  { kind, target }: ChangePlan,
  struck: ChangeState,
  end: ChangeState,
): Promise<boolean> {
  if (!strikesWork.has(kind)) return true;
  if (runIsOver(struck.run.state)) return false;
  return kind === "spool full" ? hasDropped(world, target, end) : isAtWork(struck);
}

const isAtWork = ({ shards }: ChangeState) =>
  shards.some(({ attempts }) => attempts.some(({ state }) => state === "running"));

/** True when the log of an attempt in that cluster says that output found no room: the hub took it from a live lease. */
async function hasDropped(
  { project }: World,
  cluster: string,
  { run, shards }: ChangeState,
): Promise<boolean> {
  const attempts = shards.flatMap((shard) => shard.attempts).filter((one) => one.cluster === cluster);
  const there = new Set(attempts.map(({ id }) => id));
  const pages = readPages((page) => persist(() => project.listLogs(run.id, page)));
  for await (const { attemptId, gap } of pages)
    if (there.has(attemptId) && gap?.includes("dropped: spool full")) return true;
  return false;
}
