import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { readChange } from "../content/read-change.ts";
import { uploadContent } from "../content/upload-content.ts";
import { openCli } from "../open-cli.ts";
import { readConfiguration } from "../runs/read-suites.ts";
import { readDuration } from "./change-environment.ts";
import { chooseEnvironment } from "./choose-environment.ts";
import { describeEnvironment } from "./describe-environment.ts";
import { shortEnvironmentId } from "./find-environment-id.ts";
import { watchEnvironment } from "./watch-environment.ts";

type CreateOptions = { file: string; watch?: boolean; ttl?: number };

/** Adds `seatrial env create`: packs the files, uploads them once, asks for the environment. */
export function registerCreateEnvironment(env: Command): void {
  env
    .command("create")
    .description("make an environment of seatrial.yaml from the files as they are now")
    .argument("<name>", "its name in seatrial.yaml, such as preview")
    .option("--watch", "go on until it is proved ready, or failed")
    .option("--ttl <duration>", "how long it lives, such as 2h; seatrial.yaml's without", readDuration)
    .option("--file <file>", "where it is written", "seatrial.yaml")
    .option("--project <name>", "the project it belongs to")
    .action(createEnvironment);
}

async function createEnvironment(name: string, options: CreateOptions, command: Command): Promise<void> {
  const cli = openCli(command);
  const { output } = cli;
  const chosen = chooseEnvironment(await readConfiguration(options.file), name);
  const { project } = await cli.connectProject();
  const folder = dirname(resolve(options.file));
  const change = await readChange(folder);
  const content = await uploadContent(project, folder);
  const made = await project.createEnvironment({
    ...chosen,
    ttlSeconds: options.ttl ?? chosen.ttlSeconds,
    contentSha256: content.sha256,
    change,
  });
  if (options.watch) {
    const awaited = { wanted: ["ready"] as const, otherwise: ["failed", "stuck", "deleted"] as const };
    process.exitCode = await watchEnvironment(project, made.id, awaited, output);
    return;
  }
  output.json(made);
  output.print(describeEnvironment(made, output));
  output.print(`  seatrial env show ${shortEnvironmentId(made.id)} --watch`);
}
