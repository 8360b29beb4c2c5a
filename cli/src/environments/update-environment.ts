import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { uploadContent } from "../content/upload-content.ts";
import { openCli } from "../open-cli.ts";
import { readConfiguration } from "../runs/read-suites.ts";
import { chooseEnvironment } from "./choose-environment.ts";
import { describeEnvironment } from "./describe-environment.ts";
import { findEnvironmentId } from "./find-environment-id.ts";
import { watchEnvironment } from "./watch-environment.ts";

type UpdateOptions = { file: string; watch?: boolean };

/** Adds `seatrial env update`: the same environment from the files as they are now. */
export function registerUpdateEnvironment(env: Command): void {
  env
    .command("update")
    .description("bring it to what seatrial.yaml and the files say now, in place")
    .argument("<environment>", "its id, the start of it, or its name")
    .option("--watch", "go on until it is proved ready again, or failed")
    .option("--file <file>", "where it is written", "seatrial.yaml")
    .option("--project <name>", "the project it belongs to")
    .action(updateEnvironment);
}

async function updateEnvironment(given: string, options: UpdateOptions, command: Command): Promise<void> {
  const cli = openCli(command);
  const { output } = cli;
  const configuration = await readConfiguration(options.file);
  const { project } = await cli.connectProject();
  const id = await findEnvironmentId(project, given);
  const { name } = await project.getEnvironment(id);
  const { template } = chooseEnvironment(configuration, name);
  const content = await uploadContent(project, dirname(resolve(options.file)));
  const updated = await project.updateEnvironment(id, { template, contentSha256: content.sha256 });
  const isAsleep = updated.wanted === "sleeping";
  if (!options.watch || isAsleep) {
    output.print(describeEnvironment(updated, output));
    if (isAsleep) output.print("  it is updated when it wakes: seatrial env wake");
    return output.json(updated);
  }
  const awaited = { wanted: ["ready", "sleeping"] as const, otherwise: ["failed", "deleted"] as const };
  process.exitCode = await watchEnvironment(
    project,
    id,
    { ...awaited, generation: updated.generation },
    output,
  );
}
