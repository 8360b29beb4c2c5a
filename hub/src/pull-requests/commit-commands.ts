import type { Actor } from "@seatrial/contracts/actor.ts";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Transaction } from "../database/database.ts";
import type { Wake } from "../database/transact.ts";
import type { PullRequestRow } from "./pull-request-row.ts";

type CommitCommand = (
  deps: HubDeps,
  tx: Transaction,
  wake: Wake,
  row: PullRequestRow,
  by: { actor: Actor; at: Date },
) => Promise<string | null>;

/** Not there yet: runs of commits are not started by the hub so far. */
export const rerunCommit: CommitCommand = async () => "reruns of pull requests are not supported yet";
export const upCommit: CommitCommand = async () => null;
