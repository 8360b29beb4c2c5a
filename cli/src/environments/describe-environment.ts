import type { Environment } from "@seatrial/contracts/environments/environment.ts";
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

/** One line: name, id, where, state, and what waits. */
export function describeEnvironment(environment: Environment, output: Output): string {
  const { name, id, cluster, state, reason } = environment;
  const place = cluster === null ? "" : ` · ${safeLine(cluster, 40)}`;
  const why = reason === null ? "" : `  ${output.paint("dim", safeLine(reason, 300))}`;
  return `${environmentMark(state, output)} environment ${safeLine(name, 40)} ${shortEnvironmentId(id)}${place}  ${state}${why}`;
}

/** Lines below an environment: endpoints, what blocks its removal with the command to run, why it failed. */
export function environmentDetails(environment: Environment, output: Output): string[] {
  const failure = environment.operations.find((operation) => operation.failure !== null)?.failure;
  const shows = environment.state === "failed" ? failure : null;
  return [
    ...environment.endpoints.map(
      ({ name, url, reach }) => `  ${safeLine(name, 40)}  ${safeLine(url, 200)}  (reach: ${reach})`,
    ),
    ...(shows
      ? [
          `  ${output.paint("red", shows.code)}  ${safeLine(shows.message, 1_000)}${shows.file === null ? "" : `  ${safeLine(shows.file)}:${shows.line ?? 1}`}`,
        ]
      : []),
    ...environment.blockers.flatMap((blocker) => [
      `  ${output.paint("red", blocker.kind.replaceAll("_", " "))}  ${safeLine(blocker.message, 500)}`,
      ...(blocker.repaired === null ? [] : [`    repaired: ${safeLine(blocker.repaired, 300)}`]),
      ...(blocker.command === null ? [] : [`    $ ${safeLine(blocker.command, 500)}`]),
    ]),
    ...environment.leftOut.map((hook) => `  left out ${safeLine(hook)}: a test hook`),
  ];
}

/** `in 3h 20m`, `pinned until …`, `gone`. */
export function describeExpiry(environment: Environment, now: number): string {
  if (environment.state === "deleted") return "gone";
  if (environment.pin !== null)
    return `pinned by ${safeLine(environment.pin.owner.name, 40)} until ${environment.pin.until.slice(0, 10)}`;
  const left = Date.parse(environment.expiresAt) - now;
  return left <= 0 ? "expired" : `in ${elapsed(left)}`;
}
