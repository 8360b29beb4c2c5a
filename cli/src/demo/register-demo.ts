import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { labInventory } from "@seatrial/lab/lab-inventory.ts";
import { labStatus } from "@seatrial/lab/lab-status.ts";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { openCli } from "../open-cli.ts";
import { elapsed } from "../terminal/elapsed.ts";
import type { Output } from "../terminal/output.ts";
import { fetchExample } from "./fetch-example.ts";
import { runExample } from "./run-example.ts";
import { startStack } from "./start-stack.ts";

type DemoOptions = { keep?: boolean };

/** Adds `seatrial demo`: one real cluster, hub, agent, a third-party suite as four shards, everything down again. */
export function registerDemo(program: Command): void {
  program
    .command("demo")
    .description("show the whole: a real cluster, a real suite as shards, everything taken down again")
    .option("--keep", "leave the cluster up afterwards (seatrial lab down takes it down)")
    .action(demo);
}

async function demo(options: DemoOptions, command: Command): Promise<void> {
  const { output } = openCli(command);
  if ((await labStatus()) !== undefined)
    throw new CliError("a lab is up already, and the demo takes its own down at the end", {
      fix: "take it down first: seatrial lab down",
    });
  const before = await labInventory();
  const folder = await mkdtemp(join(tmpdir(), "seatrial-demo-"));
  try {
    process.exitCode = await tellTheStory(folder, output);
  } finally {
    if (!options.keep) await labDown();
    await rm(folder, { recursive: true, force: true });
  }
  if (!options.keep) sayWhatIsLeft(before, await labInventory(), output);
}

async function tellTheStory(folder: string, output: Output) {
  const tick = (part: string, milliseconds: number) =>
    output.print(`${output.paint("green", "✓")} ${part.padEnd(24)} ${elapsed(milliseconds)}`);
  const stack = await startStack({ folder: join(folder, "hub"), report: output.note, done: tick });
  try {
    output.print(`  hub ${stack.hub.url}, cluster ${stack.clusters.join(", ")}`);
    const example = await fetchExample(folder);
    return await runExample(stack.client.project("default"), example, output);
  } finally {
    await stack.stop();
  }
}

function sayWhatIsLeft(before: unknown, after: unknown, output: Output): void {
  if (JSON.stringify(before) !== JSON.stringify(after))
    throw new CliError("the lab left something behind: compare with what was there before", {
      fix: "seatrial lab down, then look at seatrial lab status",
    });
  output.print(`${output.paint("green", "✓")} removed: nothing of the lab is left`);
}
