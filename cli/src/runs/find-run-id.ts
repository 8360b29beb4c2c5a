import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { idPattern } from "@seatrial/contracts/ids.ts";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { shortRunId } from "./short-run-id.ts";

/**
 * The whole id of a run from its id, a prefix that only it has, or `last`. Throws CliError when there is none or more
 * than one.
 */
export async function findRunId(project: ProjectClient, given: string): Promise<string> {
  if (idPattern("run").test(given)) return given;
  if (!/^(last|r-[a-z2-7]{1,16})$/.test(given))
    throw new CliError(`"${given}" is not a run's id`, {
      fix: "write its start, as in r-7f2, or last; the ids are in: seatrial runs list",
      exitCode: exitCodes.usage,
    });
  const page = await project.listRuns(given === "last" ? { limit: 1 } : { idPrefix: given, limit: 5 });
  const [found] = page.items;
  if (!found)
    throw new CliError(given === "last" ? "there is no run yet" : `no run starts with ${given}`, {
      fix: "the ids are in: seatrial runs list",
      exitCode: exitCodes.noAccess,
    });
  if (given === "last" || page.items.length === 1) return found.id;
  throw new CliError(`${page.items.length} runs start with ${given}`, {
    fix: `write more of it: ${page.items.map((run) => shortRunId(run.id)).join(", ")}`,
    exitCode: exitCodes.usage,
  });
}
