import type { Actor } from "@seatrial/contracts/actor.ts";
import type {
  pullRequestCommands,
  pullRequestCommits,
  pullRequestEnvironments,
  pullRequestRuns,
  pullRequests,
} from "../database/schema/pull-requests.ts";

export type PullRequestRow = typeof pullRequests.$inferSelect;
export type CommitRow = typeof pullRequestCommits.$inferSelect;
export type CommandRow = typeof pullRequestCommands.$inferSelect;
export type PullRequestRunRow = typeof pullRequestRuns.$inferSelect;
export type PullRequestEnvironmentRow = typeof pullRequestEnvironments.$inferSelect;

/** Somebody whom only the forge knows, by the name there. */
export function forgeUser(login: string): Actor {
  return { kind: "user", id: `github:${login}`, name: login };
}
