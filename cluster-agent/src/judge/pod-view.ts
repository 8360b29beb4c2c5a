import type { FinishRequest } from "@seatrial/contracts/agent-protocol/report.ts";
import type { Exit } from "@seatrial/contracts/runs/exit.ts";

/** Why an attempt ended, before evidence is added. */
export type ExitDraft = Omit<Exit, "evidence">;
export type Collected = FinishRequest["collected"];

/** The end of an attempt as its pod tells it. Times as the kubelet gives them: whole seconds. */
export type PodEnd = {
  exit: ExitDraft;
  startedAt: string | null;
  endedAt: string | null;
  collected: Collected;
};

/**
 * What a pod's status means for its attempt.
 * `waiting` may have a problem that counts as the end once it has lasted `graceSeconds`, counted for each
 * kind from when it was first seen.
 * `ending`: the verdict is known, but the collector or the containers are still going.
 */
export type PodView =
  | { kind: "waiting"; problem: { kind: string; exit: ExitDraft; graceSeconds: number } | null }
  | { kind: "running"; startedAt: string | null }
  | { kind: "ending"; end: PodEnd }
  | { kind: "ended"; end: PodEnd };

/** An exit with nothing but its reason and what to say. */
export function exitOf(reason: Exit["reason"], message: string, exitCode: number | null = null): ExitDraft {
  return { reason, exitCode, signal: null, message: message.slice(0, 2_000) };
}

/** The command ended by itself, with exit code 0. */
export const hasPassed = (exit: ExitDraft): boolean => exit.reason === "completed" && exit.exitCode === 0;
