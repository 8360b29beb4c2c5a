import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { type Command, InvalidArgumentError } from "commander";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { openCli } from "../open-cli.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { nameOf, shortSha } from "./describe-pull-request.ts";
import { findPullRequest, pullRequestWords } from "./find-pull-request.ts";

/** Adds `seatrial approve`. The commit is always named: a push in between is not approved with it. */
export function registerApprove(program: Command): void {
  program
    .command("approve")
    .description("let a commit of a fork be applied and run (needs a token with manage)")
    .argument("<pull-request>", pullRequestWords)
    .requiredOption(
      "--commit <sha>",
      "the commit that you looked at, at least 7 characters of it",
      readCommit,
    )
    .option("--project <name>", "the project it belongs to")
    .action(async (given: string, { commit }: { commit: string }, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const pull = await findPullRequest(project, given);
      const approved = await project.approvePullRequest(pull.id, wholeSha(pull, commit));
      output.json(approved);
      const next = `seatrial pull-request show ${nameOf(approved)}`;
      output.print(
        `${output.paint("green", "✓")} ${shortSha(approved.headSha)} of ${nameOf(approved)} may run  ${next}`,
      );
    });
}

function readCommit(text: string): string {
  if (/^[0-9a-f]{7,64}$/.test(text)) return text;
  throw new InvalidArgumentError("write at least its first 7 characters, as in 4f2c1e9");
}

/** Of the newest commits only the head can be approved; the hub says so of the others, in its own words. */
function wholeSha(pull: PullRequest, commit: string): string {
  const known = pull.commits.map(({ sha }) => sha).filter((sha) => sha.startsWith(commit));
  const [found, ...others] = known;
  if (found !== undefined && others.length === 0) return found;
  const newest = safeLine(shortSha(pull.headSha));
  throw new CliError(
    found === undefined
      ? `${nameOf(pull)} has no commit ${commit}`
      : `${known.length} commits of ${nameOf(pull)} start with ${commit}`,
    {
      fix: `its newest one is ${newest}: look at it, then write --commit ${newest}`,
      exitCode: exitCodes.usage,
    },
  );
}
