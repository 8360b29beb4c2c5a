import type { giveCommandSchema } from "@seatrial/contracts/pull-requests/command.ts";
import type { Command } from "commander";
import type { z } from "zod";
import { openCli } from "../open-cli.ts";
import { nameOf } from "./describe-pull-request.ts";
import { findPullRequest, pullRequestWords } from "./find-pull-request.ts";

type Given = z.input<typeof giveCommandSchema>;

/** Adds `seatrial pull-request up|down|rerun|extend`: what comments say, from a terminal. */
export function registerCommandPullRequest(pullRequest: Command): void {
  onPullRequest(pullRequest, "up", "bring its environments again").action(
    (given: string, _options: object, command: Command) => giveCommand(given, { kind: "up" }, command),
  );
  onPullRequest(pullRequest, "down", "take its environments down until up or the next commit").action(
    (given: string, _options: object, command: Command) => giveCommand(given, { kind: "down" }, command),
  );
  onPullRequest(pullRequest, "rerun", "the red cases of its newest commit once more").action(
    (given: string, _options: object, command: Command) => giveCommand(given, { kind: "rerun" }, command),
  );
  onPullRequest(pullRequest, "extend", "keep its environments longer")
    .argument("<time>", "from now on, as in 4h")
    .action((given: string, argument: string, _options: object, command: Command) =>
      giveCommand(given, { kind: "extend", argument }, command),
    );
}

function onPullRequest(pullRequest: Command, verb: string, description: string): Command {
  return pullRequest
    .command(verb)
    .description(description)
    .argument("<pull-request>", pullRequestWords)
    .option("--project <name>", "the project it belongs to");
}

async function giveCommand(given: string, asked: Given, command: Command): Promise<void> {
  const { output, connectProject } = openCli(command);
  const { project } = await connectProject();
  const { id } = await findPullRequest(project, given);
  const done = await project.commandPullRequest(id, asked);
  output.json(done);
  output.print(`${output.paint("green", "✓")} ${asked.kind} ${nameOf(done)}`);
}
