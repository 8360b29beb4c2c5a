import { z } from "zod";
import { parseDurationSeconds } from "../configuration/quantities.ts";
import { limits } from "../limits.ts";

/**
 * What people ask of a pull request. `up`: bring the environment again. `down`: take it down until `up` or the next
 * commit. `rerun`: the red cases of the newest commit once more. `extend`: keep the environment longer. `approve`: this
 * commit of a fork may be applied and run.
 */
export const commandKinds = ["up", "down", "rerun", "extend", "approve"] as const;
export type CommandKind = (typeof commandKinds)[number];
export const commandSources = ["comment", "label", "check", "api"] as const;
export type CommandSource = (typeof commandSources)[number];
/** `pending`: whether its author may is not known yet. */
export const commandStates = ["pending", "done", "refused"] as const;
export type CommandState = (typeof commandStates)[number];

/** `POST …/pull-requests/{pullRequest}/commands`. */
export const giveCommandSchema = z
  .object({
    kind: z.enum(["up", "down", "rerun", "extend"]),
    /** Of `extend`, as in `4h`. */
    argument: z.string().max(20).nullable().default(null),
  })
  .strict()
  .meta({ id: "GiveCommand" });

export type ParsedCommand =
  | { kind: "up" | "down" | "rerun"; argument: null }
  | { kind: "extend" | "approve"; argument: string };
/** A line that addresses Seatrial and cannot be done: what is wrong and what to write. */
export type CommandProblem = { problem: string };

const known = "known: /seatrial up, down, rerun, extend 4h, approve <commit>";

/**
 * The first line of a comment that starts with `/seatrial`, outside of code fences; null: there is none. The text is
 * untrusted. `approve` names its commit by at least 7 characters, so that a push in between approves nothing.
 */
export function parseCommand(comment: string): ParsedCommand | CommandProblem | null {
  const line = commandLine(comment);
  if (line === null) return null;
  const [, kind = "", argument = "", ...rest] = line.split(/\s+/);
  if (rest.length > 0) return { problem: `too many words; ${known}` };
  switch (kind) {
    case "up":
    case "down":
    case "rerun":
      return argument === "" ? { kind, argument: null } : { problem: `'${kind}' takes no more words` };
    case "extend":
      return isExtension(argument)
        ? { kind, argument }
        : { problem: "write how long, from 1m to 336h, as in /seatrial extend 4h" };
    case "approve":
      return /^[0-9a-f]{7,64}$/.test(argument)
        ? { kind, argument }
        : { problem: "write the commit, as in /seatrial approve 4f2c1e9" };
    default:
      return { problem: kind === "" ? known : `there is no such command; ${known}` };
  }
}

/** `4h` as a time that an environment may be kept for. */
export function isExtension(text: string): boolean {
  const seconds = parseDurationSeconds(text);
  return seconds !== null && seconds >= 60 && seconds <= limits.environmentTtlSeconds;
}

/** The line that `parseCommand` reads, cut to 200 characters; null: there is none. */
export function commandLine(comment: string): string | null {
  let isFenced = false;
  for (const line of comment.slice(0, 65_536).split(/\r?\n/)) {
    if (/^\s{0,3}(?:```|~~~)/.test(line)) isFenced = !isFenced;
    if (!isFenced && /^\/seatrial(?:\s|$)/.test(line)) return line.trim().slice(0, 200);
  }
  return null;
}
