import { readPages } from "@seatrial/contracts/client/read-pages.ts";
import { sleep } from "@seatrial/contracts/time/clock.ts";
import type { Command } from "commander";
import { openCli } from "../open-cli.ts";
import { readCount } from "../read-number.ts";
import { createConnectionNotice } from "../runs/connection-notice.ts";
import { findRunId } from "../runs/find-run-id.ts";
import { createLogPrinter } from "./log-printer.ts";

type LogOptions = { follow?: boolean; suite?: string; shard?: number };

/** Adds `seatrial logs`: console output of a run's shards; with `-f` as it comes. With `-o json`, one chunk per line. */
export function registerLogs(program: Command): void {
  program
    .command("logs")
    .description("console output of a run")
    .argument("<run>", "its id, the start of it, or last")
    .option("-f, --follow", "go on until the run is over")
    .option("--suite <name>", "only of this suite")
    .option("--shard <number>", "only of this shard, counted from 1", readCount)
    .option("--project <name>", "the project it belongs to")
    .action(showLogs);
}

async function showLogs(given: string, options: LogOptions, command: Command): Promise<void> {
  const { output, connectProject } = openCli(command);
  const { project } = await connectProject();
  const runId = await findRunId(project, given);
  const { suite, shard } = options;
  const filter = {
    ...(suite === undefined ? {} : { suite }),
    ...(shard === undefined ? {} : { shard: shard - 1 }),
  };
  const printer = createLogPrinter(output);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const hub = createConnectionNotice(output);
  const chunks = options.follow
    ? project.followLogs(runId, { query: filter, sleep, signal: stop.signal, onLost: hub.lost })
    : readPages((page) => project.listLogs(runId, { ...filter, ...page }));
  let isEmpty = true;
  for await (const chunk of chunks) {
    if (stop.signal.aborted) break;
    hub.back();
    printer.add(chunk);
    isEmpty = false;
  }
  printer.end();
  if (isEmpty && !stop.signal.aborted) output.note("no output yet");
}
