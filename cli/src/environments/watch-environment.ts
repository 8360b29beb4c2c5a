import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import type { Environment, EnvironmentEventType } from "@seatrial/contracts/environments/environment.ts";
import type { EnvironmentState } from "@seatrial/contracts/environments/lifecycle.ts";
import { sleep } from "@seatrial/contracts/time/clock.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { createConnectionNotice } from "../runs/connection-notice.ts";
import { elapsed } from "../terminal/elapsed.ts";
import type { Output } from "../terminal/output.ts";
import { describeEnvironment, environmentDetails } from "./describe-environment.ts";
import { shortEnvironmentId } from "./find-environment-id.ts";

/** What is waited for: the states that end the watch, and those of them that are what was asked for. */
export type Awaited = {
  wanted: readonly EnvironmentState[];
  otherwise: readonly EnvironmentState[];
  /** After an update: the template's generation that must be applied before a wanted state counts. */
  generation?: number;
};

/**
 * Prints what happens to an environment until it is in one of the awaited states, and returns the exit code: passed
 * when that is what was asked for, else unknown. Ctrl-C stops watching and changes nothing.
 */
export async function watchEnvironment(
  project: ProjectClient,
  id: string,
  awaited: Awaited,
  output: Output,
): Promise<ExitCode> {
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.once("SIGINT", onInterrupt);
  const began = performance.now();
  try {
    const end = await followUntil(project, id, awaited, output, stop.signal);
    if (end === null) {
      output.note(`\nit goes on. Watch it again: seatrial env show ${shortEnvironmentId(id)} --watch`);
      return exitCodes.unknown;
    }
    output.json(end);
    output.print(`${describeEnvironment(end, output)}  ${elapsed(performance.now() - began)}`);
    for (const line of environmentDetails(end, output)) output.print(line);
    return awaited.wanted.includes(end.state) ? exitCodes.passed : exitCodes.unknown;
  } finally {
    process.off("SIGINT", onInterrupt);
  }
}

/** Reasons change without an event, such as what an environment waits for. */
const secondLookMilliseconds = 5_000;

/**
 * Each event says that something changed, and every few seconds it is assumed; what it is now is read anew. Null
 * when the watch was interrupted.
 */
async function followUntil(
  project: ProjectClient,
  id: string,
  awaited: Awaited,
  output: Output,
  signal: AbortSignal,
): Promise<Environment | null> {
  const hub = createConnectionNotice(output);
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  let said = "";
  let end: Environment | null = null;
  const look = async () => {
    const now = await project.getEnvironment(id);
    if (over.signal.aborted) return;
    if (isOver(now, awaited)) {
      end = now;
      return over.abort();
    }
    const line = [describeEnvironment(now, output), ...environmentDetails(now, output)].join("\n");
    if (line !== said) output.print(line);
    said = line;
  };
  await look();
  // A hub that is away for a moment is the event stream's to tell.
  const timer = setInterval(() => void look().catch(() => {}), secondLookMilliseconds);
  try {
    for await (const event of project.followEnvironment(id, { sleep, signal: either, onLost: hub.lost })) {
      hub.back();
      if (toldEvents.has(event.type)) await look();
      if (over.signal.aborted) break;
    }
  } catch (error) {
    if (!either.aborted) throw error;
  } finally {
    clearInterval(timer);
  }
  if (end !== null || signal.aborted) return end;
  return project.getEnvironment(id);
}

const toldEvents: ReadonlySet<EnvironmentEventType> = new Set([
  "environment.waiting",
  "environment.state",
  "environment.blocked",
  "environment.deleted",
]);

function isOver(environment: Environment, { wanted, otherwise, generation = 0 }: Awaited): boolean {
  const isWanted = wanted.includes(environment.state) && environment.appliedGeneration >= generation;
  return isWanted || otherwise.includes(environment.state);
}
