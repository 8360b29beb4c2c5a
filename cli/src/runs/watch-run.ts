import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { runIsOver } from "@seatrial/contracts/runs/lifecycle.ts";
import { sleep } from "@seatrial/contracts/time/clock.ts";
import { untilAnswered } from "../connection/until-answered.ts";
import { type ExitCode, exitCodeOf, exitCodes } from "../exit-codes.ts";
import type { Output } from "../terminal/output.ts";
import { type ConnectionNotice, createConnectionNotice } from "./connection-notice.ts";
import { createProgressView, type ProgressView } from "./progress-view.ts";
import { readVerdict } from "./read-verdict.ts";
import { shortRunId } from "./short-run-id.ts";

const redrawMilliseconds = 400;

/**
 * Shows a run until its verdict and returns the exit code of that. Survives lost connections. Ctrl-C stops watching
 * and leaves the run going.
 */
export async function watchRun(project: ProjectClient, runId: string, output: Output): Promise<ExitCode> {
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.once("SIGINT", onInterrupt);
  const view = createProgressView(output);
  const hub = createConnectionNotice(output, view.clear);
  try {
    await showUntilOver(project, runId, output, { view, hub, signal: stop.signal });
    view.clear();
    // The hub may restart just now, and what is known to be over still has its verdict.
    const over = await untilAnswered(() => readEnd(project, runId, output), hub, stop.signal);
    if (over === null) return sayItGoesOn(runId, output);
    output.json(over.run);
    for (const line of over.lines) output.print(line);
    return exitCodeOf(over.run.state);
  } finally {
    process.off("SIGINT", onInterrupt);
  }
}

async function readEnd(project: ProjectClient, runId: string, output: Output) {
  const run = await project.getRun(runId);
  return { run, lines: await readVerdict(project, run, output) };
}

type Watch = { view: ProgressView; hub: ConnectionNotice; signal: AbortSignal };

/** Each event says that something changed; what it is now is read anew, at most a few times a second. */
async function showUntilOver(
  project: ProjectClient,
  runId: string,
  output: Output,
  { view, hub, signal }: Watch,
): Promise<void> {
  let isDirty = true;
  let isOver = false;
  const done = new AbortController();
  const redraw = (async () => {
    while (!isOver && !signal.aborted && !done.signal.aborted) {
      if (isDirty && !output.isJson) {
        isDirty = false;
        // What cannot be read now is read at the next event; the stream says when the hub is away.
        await Promise.all([project.getRun(runId), project.listShards(runId)]).then(
          ([run, shards]) => (isOver ? undefined : view.show(run, shards)),
          () => undefined,
        );
      }
      await sleep(redrawMilliseconds, AbortSignal.any([signal, done.signal]));
    }
  })();
  try {
    const run = await untilAnswered(() => project.getRun(runId), hub, signal);
    if (run === null || runIsOver(run.state)) return;
    for await (const event of project.followEvents(runId, { sleep, signal, onLost: hub.lost })) {
      hub.back();
      isDirty = true;
      if (event.type !== "run.finished") continue;
      isOver = true;
      return;
    }
  } finally {
    done.abort();
    await redraw;
  }
}

function sayItGoesOn(runId: string, output: Output): ExitCode {
  const id = shortRunId(runId);
  output.note(`\nrun ${id} goes on. Watch it again: seatrial runs show ${id} --watch`);
  output.note(`Cancel it: seatrial runs cancel ${id}`);
  return exitCodes.unknown;
}
