import type { Transaction } from "../database/database.ts";
import type { Wake } from "../database/transact.ts";
import type { RepositoryRow } from "../repositories/find-repository.ts";
import { readChecks } from "./take-check.ts";
import { readComment } from "./take-comment.ts";
import { readPullRequest } from "./take-pull-request.ts";

/** Does what an event of a repository asks for; null, or why nothing follows from it. */
export type Take = (
  tx: Transaction,
  wake: Wake,
  repository: RepositoryRow,
  at: Date,
) => Promise<string | null>;

/** Checks a payload before anything is locked. A text: why nothing follows from it, whatever the hub knows. Throws `ZodError`. */
export type ReadEvent = (payload: unknown, action: string) => Take | string;

/** Events of one repository, by the name in `X-GitHub-Event`. */
export const repositoryEvents: ReadonlyMap<string, ReadEvent> = new Map([
  ["pull_request", readPullRequest],
  ["issue_comment", readComment],
  ["check_run", readChecks],
  ["check_suite", readChecks],
]);
