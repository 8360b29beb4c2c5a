import { pullRequestStates } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { type Command, Option } from "commander";
import { openCli } from "../open-cli.ts";
import { readLimit } from "../runs/list-runs.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { registerCommandPullRequest } from "./command-pull-request.ts";
import { describePullRequest, describeState, nameOf, shortSha } from "./describe-pull-request.ts";
import { findPullRequest, pullRequestWords } from "./find-pull-request.ts";

type ListOptions = { limit: number; state?: string; repository?: string };

/** Adds `seatrial pull-request …`, also as `seatrial pr …`. */
export function registerPullRequest(program: Command): void {
  const pullRequest = program
    .command("pull-request")
    .alias("pr")
    .description("pull requests: their commits, verdicts, environments");
  registerList(pullRequest);
  pullRequest
    .command("show")
    .description("one pull request: commits and why they wait, runs, environments, commands")
    .argument("<pull-request>", pullRequestWords)
    .option("--project <name>", "the project it belongs to")
    .action(async (given: string, _options: object, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const found = await findPullRequest(project, given);
      output.json(found);
      for (const line of describePullRequest(found, output)) output.print(line);
    });
  registerCommandPullRequest(pullRequest);
}

function registerList(pullRequest: Command): void {
  pullRequest
    .command("list")
    .description("the newest pull requests, with the state of their newest commit")
    .option("--limit <count>", "how many, at most 200", readLimit, 20)
    .addOption(new Option("--state <state>", "only these").choices(pullRequestStates))
    .option("--repository <owner/name>", "only of this one")
    .option("--project <name>", "the project they belong to")
    .action(async ({ limit, state, repository }: ListOptions, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const only = { ...(state ? { state } : {}), ...(repository ? { repository } : {}) };
      const page = await project.listPullRequests({ limit, ...only });
      output.json(page);
      if (page.items.length === 0) return output.print("no pull requests: seatrial repository list");
      const rows = page.items.map((one) => {
        const [newest] = one.commits;
        return [
          nameOf(one),
          one.draft && one.state === "open" ? "draft" : one.state,
          shortSha(one.headSha),
          newest === undefined ? "" : describeState(newest.state, output),
          one.environments.map(({ name, state: stand }) => `${safeLine(name, 20)} ${stand}`).join(", "),
          safeLine(one.author, 20),
          safeLine(one.title, 50),
        ];
      });
      output.table(["PULL REQUEST", "STATE", "COMMIT", "VERDICT", "ENVIRONMENTS", "AUTHOR", "TITLE"], rows);
    });
}
