import { dirname, resolve } from "node:path";
import { suitesOfRun } from "@seatrial/contracts/configuration/suites-of-run.ts";
import { fillChange } from "@seatrial/contracts/configuration/variables.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import { type Command, InvalidArgumentError } from "commander";
import { readChange } from "../content/read-change.ts";
import { type UploadedContent, uploadContent } from "../content/upload-content.ts";
import { openCli } from "../open-cli.ts";
import { chooseRun } from "../schedules/named-run.ts";
import { elapsed } from "../terminal/elapsed.ts";
import type { Output } from "../terminal/output.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { chooseRunEnvironment, environmentOf } from "./choose-run-environment.ts";
import { findUnplaceable } from "./find-unplaceable.ts";
import { chooseSuites, readConfiguration } from "./read-suites.ts";
import { shortRunId } from "./short-run-id.ts";
import { watchRun } from "./watch-run.ts";

type RunOptions = { file: string; watch?: boolean; environment?: string; priority?: number; run?: string };

/** Adds `seatrial run`: packs the files, uploads them once, starts a run of the named suites. */
export function registerRun(program: Command): void {
  program
    .command("run")
    .description("run suites of seatrial.yaml with the files as they are now")
    .argument("[suite...]", "names of suites; all of them without")
    .option("--watch", "show progress and end with the verdict (exit code 0: passed, 1: red tests)")
    .option(
      "--environment <name>",
      "what they test: an environment of seatrial.yaml, made and removed with the run, or the id of one that stands",
    )
    .option(
      "--priority <number>",
      "from -100 to 100: its shards go before those of lower ones of the same project",
      readPriority,
    )
    .option(
      "--run <name>",
      "a run of seatrial.yaml by its name, as its schedule or a pull request would start it",
    )
    .option("--file <file>", "where the suites are written", "seatrial.yaml")
    .option("--project <name>", "the project it belongs to")
    .action(startRun);
}

async function startRun(names: string[], options: RunOptions, command: Command): Promise<void> {
  const cli = openCli(command);
  const { output } = cli;
  const configuration = await readConfiguration(options.file);
  const named = options.run === undefined ? null : chooseRun(configuration, options.run, names);
  const suites = named === null ? chooseSuites(configuration, names) : suitesOfRun(configuration, named);
  const given = options.environment ?? named?.environment ?? undefined;
  const environment = chooseRunEnvironment(configuration, suites, given);
  const priority = options.priority ?? named?.priority;
  const { hub, project } = await cli.connectProject();
  const folder = dirname(resolve(options.file));
  const change = await readChange(folder);
  const started = performance.now();
  const content = await uploadContent(project, folder);
  sayContent(content, performance.now() - started, output);
  const run = await project.createRun({
    suites: suites.map((suite) => fillChange(suite, change)),
    contentSha256: content.sha256,
    change,
    ...(priority === undefined ? {} : { priority }),
    optional: named?.optional ?? [],
    environment: await environmentOf(project, environment, content.sha256),
  });
  const id = shortRunId(run.id);
  const commit = change ? ` · ${change.sha?.slice(0, 7)}${change.dirty ? " with changes" : ""}` : "";
  output.print(`${output.paint("green", "✓")} run ${id}  ${namesOf(run).join(", ")}${commit}`);
  for (const line of await findUnplaceable(hub, run, suites)) output.note(`  ${line}`);
  if (options.watch) {
    process.exitCode = await watchRun(project, run.id, output);
    return;
  }
  output.json(run);
  output.print(`  seatrial runs show ${id} --watch`);
}

/** `api (east, west)`: a suite with copies is named once, with its places. */
function namesOf(run: Run): string[] {
  const names = new Map<string, string[]>();
  for (const { name, origin, place } of run.suites) {
    const places = names.get(origin ?? name) ?? [];
    names.set(origin ?? name, place === null ? places : [...places, safeLine(place.value, 63)]);
  }
  return [...names].map(([name, places]) => (places.length === 0 ? name : `${name} (${places.join(", ")})`));
}

function readPriority(text: string): number {
  const priority = Number(text);
  if (Number.isInteger(priority) && Math.abs(priority) <= 100) return priority;
  throw new InvalidArgumentError("write a whole number from -100 to 100");
}

function sayContent(content: UploadedContent, milliseconds: number, output: Output): void {
  const size =
    content.bytes < 1_048_576
      ? `${Math.ceil(content.bytes / 1_024)} KiB`
      : `${(content.bytes / 1_048_576).toFixed(1)} MiB`;
  const how = content.wasThere ? "the hub has them already" : `${size} sent`;
  output.print(`${output.paint("green", "✓")} ${content.files} files, ${how}  ${elapsed(milliseconds)}`);
  for (const { path, reason } of content.skipped.slice(0, 5))
    output.note(`  left out ${safeLine(path)}: ${reason}`);
  if (content.skipped.length > 5) output.note(`  and ${content.skipped.length - 5} more`);
}
