import type { ForgePullRequest } from "@seatrial/contracts/worker-protocol/repositories.ts";
import type { PullRequestRow } from "./pull-request-row.ts";

/** How a telling came: the forge was asked, or it sent an event. `before`: the head before a `synchronize`. */
export type TellingVia = "sweep" | { readonly action: string; readonly before: string | null };

/**
 * Whether a telling is at least as new as what is written. The forge's times are whole seconds, and events are not sent
 * in order: of two of one second, an event only counts where it fits what is written, so that the earlier one, when it
 * comes late, neither opens a closed pull request nor takes its head back. What that leaves open, the next sweep tells.
 */
export function isNews(
  row: Pick<PullRequestRow, "state" | "headSha" | "forgeUpdatedAt">,
  told: Pick<ForgePullRequest, "state" | "headSha" | "updatedAt">,
  via: TellingVia,
): boolean {
  const toldAt = new Date(told.updatedAt).getTime();
  const writtenAt = row.forgeUpdatedAt.getTime();
  if (toldAt !== writtenAt) return toldAt > writtenAt;
  if (via === "sweep") return true;
  if (via.action === "opened") return false;
  if (row.state !== "open" && told.state === "open" && via.action !== "reopened") return false;
  return told.headSha === row.headSha || via.before === row.headSha;
}
