import type { TerminatedState } from "@seatrial/kube-link/kube-types.ts";
import { z } from "zod";
import { type ExitDraft, exitOf } from "./pod-view.ts";

const failureSchema = z.object({ code: z.string(), message: z.string() });

/** Exit codes of the helper's `prepare` (helper/internal/failure). */
const contentCode = 10;
const hubCode = 11;

/** What a `prepare` that did not end well means; null when it did. */
export function prepareEnd(end: TerminatedState): ExitDraft | null {
  if (end.exitCode === 0) return null;
  const said = sayingOf(end);
  if (end.exitCode === contentCode) return exitOf("content_unsafe", said);
  if (end.exitCode === hubCode) return exitOf("content_unavailable", said);
  return exitOf(
    "agent_error",
    `Preparing the pod failed (code ${end.exitCode}, ${end.reason ?? "no reason"}): ${said}`,
  );
}

function sayingOf(end: TerminatedState): string {
  try {
    return failureSchema.parse(JSON.parse(end.message ?? "")).message;
  } catch {
    return end.message || "the helper left no message";
  }
}
