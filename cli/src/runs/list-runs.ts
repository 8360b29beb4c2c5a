import { runIsOver, runStates } from "@seatrial/contracts/runs/lifecycle.ts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { openCli } from "../open-cli.ts";
import { elapsedBetween } from "../terminal/elapsed.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { markOf } from "./describe-suite.ts";
import { countsOf } from "./describe-verdict.ts";
import { shortRunId } from "./short-run-id.ts";

type ListOptions = { limit: number; state?: string };

/** Adds `seatrial runs list`. */
export function registerListRuns(runs: Command): void {
  runs
    .command("list")
    .description("the newest runs")
    .option("--limit <count>", "how many, at most 200", readLimit, 20)
    .addOption(new Option("--state <state>", "only these").choices(runStates))
    .option("--project <name>", "the project they belong to")
    .action(async ({ limit, state }: ListOptions, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const page = await project.listRuns({ limit, ...(state ? { state } : {}) });
      output.json(page);
      if (page.items.length === 0) return output.print("no runs yet: seatrial run <suite>");
      const rows = page.items.map((run) => [
        `${markOf(run.state, output)} ${shortRunId(run.id)}`,
        run.state,
        safeLine([...new Set(run.suites.map(({ name, origin }) => origin ?? name))].join(", "), 40),
        runIsOver(run.state) || Object.values(run.counts).some((count) => count > 0) ? countsOf(run) : "",
        elapsedBetween(run.createdAt, run.finishedAt, Date.now()),
        safeLine([run.change?.sha?.slice(0, 7), run.change?.title].filter((part) => part).join(" "), 50),
        run.createdAt.slice(0, 16).replace("T", " "),
      ]);
      output.table(["  RUN", "STATE", "SUITES", "CASES", "TOOK", "CHANGE", "STARTED (UTC)"], rows);
    });
}

/** A whole number from 1 to 200. */
export function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 200) return limit;
  throw new InvalidArgumentError("write a whole number from 1 to 200");
}
