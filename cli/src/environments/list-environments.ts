import { environmentStates } from "@seatrial/contracts/environments/lifecycle.ts";
import { type Command, Option } from "commander";
import { openCli } from "../open-cli.ts";
import { readLimit } from "../runs/list-runs.ts";
import { elapsedBetween } from "../terminal/elapsed.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { describeExpiry, environmentMark } from "./describe-environment.ts";
import { shortEnvironmentId } from "./find-environment-id.ts";

type ListOptions = { limit: number; state?: string };

/** Adds `seatrial env list`. */
export function registerListEnvironments(env: Command): void {
  env
    .command("list")
    .description("the newest environments")
    .option("--limit <count>", "how many, at most 200", readLimit, 20)
    .addOption(new Option("--state <state>", "only these").choices(environmentStates))
    .option("--project <name>", "the project they belong to")
    .action(async ({ limit, state }: ListOptions, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const page = await project.listEnvironments({ limit, ...(state ? { state } : {}) });
      output.json(page);
      if (page.items.length === 0) return output.print("no environments: seatrial env create <name>");
      const now = Date.now();
      const rows = page.items.map((one) => [
        `${environmentMark(one.state, output)} ${shortEnvironmentId(one.id)}`,
        safeLine(one.name, 40),
        one.state,
        safeLine(one.cluster ?? "", 40),
        elapsedBetween(one.createdAt, one.deletedAt, now),
        describeExpiry(one, now),
        safeLine(one.endpoints.map(({ url }) => url).join(" "), 80),
      ]);
      output.table(["  ENVIRONMENT", "NAME", "STATE", "CLUSTER", "AGE", "ENDS", "ENDPOINTS"], rows);
    });
}
