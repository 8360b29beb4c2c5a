import type { TerminatedState } from "@seatrial/kube-link/kube-types.ts";
import { z } from "zod";
import type { Collected } from "./pod-view.ts";

const summarySchema = z.object({
  skipped: z.array(z.object({ path: z.string(), reason: z.string() })),
  errors: z.array(z.string()),
});

/**
 * What the collector says of its uploads, from its termination message. A collector that was killed keeps the summary
 * so far, so an exit code other than 0 or 20 is an error of its own.
 */
export function readCollected(end: TerminatedState | undefined): NonNullable<Collected> {
  if (!end) return failed("the collector did not end: its uploads may be incomplete");
  const summary = parseSummary(end.message ?? "");
  const killed = end.exitCode !== 0 && end.exitCode !== 20;
  if (!summary)
    return failed(`the collector ended with code ${end.exitCode} and said: ${end.message ?? "nothing"}`);
  const errors = summary.errors.map((error) => error.slice(0, 500));
  return {
    complete: end.exitCode === 0,
    skipped: summary.skipped
      .slice(0, 50)
      .map(({ path, reason }) => ({ path: path.slice(0, 500), reason: reason.slice(0, 500) })),
    errors: [...errors, ...(killed ? [`the collector was ended early (code ${end.exitCode})`] : [])].slice(
      0,
      20,
    ),
  };
}

function failed(error: string): NonNullable<Collected> {
  return { complete: false, skipped: [], errors: [error.slice(0, 500)] };
}

function parseSummary(text: string): z.infer<typeof summarySchema> | null {
  try {
    return summarySchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
