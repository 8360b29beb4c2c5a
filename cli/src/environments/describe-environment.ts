import type { Environment, Operation } from "@seatrial/contracts/environments/environment.ts";
import type { EnvironmentState } from "@seatrial/contracts/environments/lifecycle.ts";
import { elapsed } from "../terminal/elapsed.ts";
import type { Output } from "../terminal/output.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { shortEnvironmentId } from "./find-environment-id.ts";

/** The mark in front of an environment: there, in trouble, gone, or on its way. */
export function environmentMark(state: EnvironmentState, output: Output): string {
  switch (state) {
    case "ready":
    case "deleted":
      return output.paint("green", "✓");
    case "failed":
    case "stuck":
      return output.paint("red", "✗");
    case "sleeping":
      return output.paint("yellow", "z");
    default:
      return output.paint("dim", "·");
  }
}

/** One line: name, id, where, state, what it is on its way to, and what waits. */
export function describeEnvironment(environment: Environment, output: Output): string {
  const { name, id, cluster, state, reason } = environment;
  const place = cluster === null ? "" : ` · ${safeLine(cluster, 40)}`;
  // A failure is told in full below, with its code and place.
  const isTold = reason === null || shownFailure(environment) !== null;
  const why = isTold ? "" : `  ${output.paint("dim", safeLine(reason, 300))}`;
  const goal = pendingGoal(environment);
  const mark = goal === null ? environmentMark(state, output) : output.paint("dim", "·");
  const where = `environment ${safeLine(name, 40)} ${shortEnvironmentId(id)}${place}`;
  return `${mark} ${where}  ${state}${goal === null ? "" : `, ${goal}`}${why}`;
}

/** What a settled environment was asked to become and is not yet; null when it is what was asked for, or on its way. */
function pendingGoal(environment: Environment): string | null {
  const { state, wanted, generation, appliedGeneration } = environment;
  if (state !== "ready" && state !== "sleeping" && state !== "failed") return null;
  if (wanted === "gone") return "to be removed";
  if (generation > appliedGeneration && appliedGeneration > 0 && state !== "failed") return "to be updated";
  if (wanted === "sleeping" && state === "ready") return "to be put to sleep";
  return wanted === "present" && state === "sleeping" ? "to be woken" : null;
}

function shownFailure({ state, operations }: Environment): Operation["failure"] {
  if (state !== "failed") return null;
  return operations.find(({ failure }) => failure !== null)?.failure ?? null;
}

/** Lines below an environment: endpoints, what blocks its removal with the command to run, why it failed. */
export function environmentDetails(environment: Environment, output: Output): string[] {
  const failure = shownFailure(environment);
  return [
    // Elsewhere nothing answers there: not yet, not now, or never again.
    ...(environment.state === "ready" ? environment.endpoints : []).map(
      ({ name, url, reach }) => `  ${safeLine(name, 40)}  ${safeLine(url, 200)}  (reach: ${reach})`,
    ),
    ...(failure === null ? [] : [`  ${output.paint("red", failure.code)}  ${describeFailure(failure)}`]),
    ...environment.blockers.flatMap((blocker) => [
      `  ${output.paint("red", blocker.kind.replaceAll("_", " "))}  ${safeLine(blocker.message, 500)}`,
      ...(blocker.repaired === null ? [] : [`    repaired: ${safeLine(blocker.repaired, 300)}`]),
      ...(blocker.command === null ? [] : [`    $ ${safeLine(blocker.command, 500)}`]),
    ]),
    ...environment.leftOut.map((hook) => `  left out ${safeLine(hook)}: a test hook`),
  ];
}

function describeFailure({ message, file, line }: NonNullable<Operation["failure"]>): string {
  const place = file === null ? "" : `${file}:${line ?? 1}`;
  // Many messages begin with their place.
  const more = place === "" || message.includes(place) ? "" : `  ${safeLine(place)}`;
  return `${safeLine(message, 1_000)}${more}`;
}

/** `ends in 3h 20m`, `pinned by ada until 2030-01-01`, `gone`. */
export function describeEnd(environment: Environment, now: number): string {
  const expiry = describeExpiry(environment, now);
  return expiry.startsWith("in ") ? `ends ${expiry}` : expiry;
}

/** `in 3h 20m`, `pinned until …`, `gone`. */
export function describeExpiry(environment: Environment, now: number): string {
  if (environment.state === "deleted") return "gone";
  if (environment.pin !== null)
    return `pinned by ${safeLine(environment.pin.owner.name, 40)} until ${environment.pin.until.slice(0, 10)}`;
  const left = Date.parse(environment.expiresAt) - now;
  return left <= 0 ? "expired" : `in ${elapsed(left)}`;
}
