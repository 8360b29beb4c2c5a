import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { readPages } from "@seatrial/contracts/client/read-pages.ts";
import type { Repository } from "@seatrial/contracts/repositories/repository.ts";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { openCli } from "../open-cli.ts";
import { readCount } from "../read-number.ts";
import { safeLine } from "../terminal/safe-text.ts";

type ConnectOptions = { installation?: number };

/** Adds `seatrial repository …`. */
export function registerRepository(program: Command): void {
  const repository = program
    .command("repository")
    .description("repositories on GitHub whose pull requests are a project's");
  repository
    .command("connect")
    .description("take pull requests of a repository from now on (needs an admin token)")
    .argument("<owner/name>", "as in acme/shop")
    .option("--installation <id>", "of the GitHub App; found out without", readCount)
    .option("--project <name>", "the project they belong to")
    .action(async (name: string, { installation }: ConnectOptions, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const installationId = installation ?? null;
      const connected = await project.connectRepository({ name, installationId });
      output.json(connected);
      output.print(`${output.paint("green", "✓")} ${connected.name} belongs to project ${connected.project}`);
      output.print("  its pull requests: seatrial pull-request list");
    });
  registerList(repository);
  repository
    .command("disconnect")
    .description("take none any more: open ones end, their environments go (needs an admin token)")
    .argument("<owner/name>", "as in acme/shop, or its id")
    .option("--project <name>", "the project they belong to")
    .action(async (given: string, _options: object, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const { id, name } = await findRepository(project, given);
      await project.disconnectRepository(id);
      output.json({ id, name, disconnected: true });
      output.print(`${output.paint("green", "✓")} ${safeLine(name)} is disconnected`);
    });
}

function registerList(repository: Command): void {
  repository
    .command("list")
    .description("the project's repositories, and whether GitHub can be asked about them")
    .option("--project <name>", "the project they belong to")
    .action(async (_options: object, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const items = await Array.fromAsync(readPages((page) => project.listRepositories(page)));
      output.json({ items });
      if (items.length === 0)
        return output.print("no repositories: seatrial repository connect <owner/name>");
      const rows = items.map((one) => [
        safeLine(one.name, 140),
        one.createdAt.slice(0, 10),
        one.sweptAt ?? "not yet",
        one.problem === null ? "" : output.paint("red", safeLine(one.problem, 200)),
      ]);
      output.table(["REPOSITORY", "CONNECTED", "COMPARED", "PROBLEM"], rows);
    });
}

async function findRepository(project: ProjectClient, given: string): Promise<Repository> {
  const isIt = ({ id, name }: Repository) => id === given || name.toLowerCase() === given.toLowerCase();
  for await (const found of readPages((page) => project.listRepositories(page)))
    if (isIt(found)) return found;
  throw new CliError(`${safeLine(given, 140)} is not connected to this project`, {
    fix: "those that are: seatrial repository list",
    exitCode: exitCodes.noAccess,
  });
}
