import type { Command } from "commander";
import { registerCancelRun } from "./cancel-run.ts";
import { registerCompareRun } from "./compare-run.ts";
import { registerExplainRun } from "./explain-run.ts";
import { registerListRuns } from "./list-runs.ts";
import { registerRerunRun } from "./rerun-run.ts";
import { registerShowRun } from "./show-run.ts";

/** Adds `seatrial runs …`. */
export function registerRuns(program: Command): void {
  const runs = program.command("runs").description("runs of a project");
  registerListRuns(runs);
  registerShowRun(runs);
  registerExplainRun(runs);
  registerCancelRun(runs);
  registerRerunRun(runs);
  registerCompareRun(runs);
}
