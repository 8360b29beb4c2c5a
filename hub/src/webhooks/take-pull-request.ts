import type { ForgePullRequest } from "@seatrial/contracts/worker-protocol/repositories.ts";
import type { Transaction } from "../database/database.ts";
import type { Wake } from "../database/transact.ts";
import { addCommand } from "../pull-requests/add-command.ts";
import { isApproveLabel } from "../pull-requests/approve-commit.ts";
import { type Sight, seePullRequest } from "../pull-requests/see-pull-request.ts";
import { isPerson, pullRequestEventSchema } from "./payloads.ts";
import { readTelling } from "./read-telling.ts";
import type { Take } from "./take-event.ts";

const actions: ReadonlySet<string> = new Set([
  "opened",
  "synchronize",
  "reopened",
  "closed",
  "labeled",
  "unlabeled",
  "edited",
  "ready_for_review",
  "converted_to_draft",
]);

/** What happened to a pull request. A label may also be a command. */
export function readPullRequest(payload: unknown, action: string): Take | string {
  if (!actions.has(action)) return `nothing follows from pull_request.${action}`;
  const event = pullRequestEventSchema.parse(payload);
  const told = readTelling(event.pull_request);
  const via = { action, before: event.before ?? null };
  const isApproval = action === "labeled" && isApproveLabel(event.label?.name ?? "");
  const { sender } = event;
  return async (tx, wake, repository, at) => {
    const sight = await seePullRequest(tx, wake, repository, { told, via }, at);
    if (isApproval && !isPerson(sender)) return "bots give no commands";
    if (isApproval && isPerson(sender))
      return askForApproval(tx, wake, sight, { told, login: sender.login }, at);
    if (sight.outcome === "stale") return "a later event of this pull request came before";
    return null;
  };
}

/** Who labels saw a page that was loaded some time before. */
const seenAfterMs = 60_000;

/**
 * The label says nothing about which commit its author saw. It counts for the head of that moment, if the hub has known
 * it as the head, and its base, for a while: a push that nobody could have looked at yet is not approved by it.
 */
async function askForApproval(
  tx: Transaction,
  wake: Wake,
  { row, headSince }: Sight,
  { told, login }: { told: ForgePullRequest; login: string },
  at: Date,
): Promise<string | null> {
  if (!row.fork || row.state !== "open") return null;
  const { headSha: sha, baseBranch } = told;
  const unseen = `commit ${sha.slice(0, 12)} came just now: look at it, take the label off and put it on again`;
  const wasSeen = headSince !== null && at.getTime() - headSince.getTime() >= seenAfterMs;
  const asked = wasSeen
    ? { kind: "approve" as const, argument: sha, reason: null }
    : { kind: null, argument: null, reason: unseen };
  return addCommand(tx, wake, row, { ...asked, sha, baseBranch, login, source: "label", forgeId: null }, at);
}
