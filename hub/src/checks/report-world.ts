import type { OperationFailureCode } from "@seatrial/contracts/environments/lifecycle.ts";
import type { ChangedFile } from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { Exit } from "@seatrial/contracts/runs/exit.ts";
import type { RunResult } from "@seatrial/contracts/runs/result.ts";
import type { ResultCounts } from "@seatrial/contracts/runs/run.ts";
import type { runSuites, runs } from "../database/schema/runs.ts";
import type { EnvironmentRow } from "../environments/environment-row.ts";
import type {
  CommandRow,
  CommitRow,
  PullRequestEnvironmentRow,
  PullRequestRow,
  PullRequestRunRow,
} from "../pull-requests/pull-request-row.ts";

/** A shard of a run with what its last attempt came to. */
export type ShownShard = {
  readonly suiteId: string;
  readonly kind: "list" | "test";
  readonly index: number;
  readonly count: number;
  readonly state: string;
  readonly reason: string | null;
  readonly cluster: string | null;
  readonly exit: Exit | null;
};

export type ShownSuite = Pick<
  typeof runSuites.$inferSelect,
  "id" | "name" | "spec" | "state" | "reason" | "optional" | "caseCount"
> & { readonly counts: ResultCounts; readonly shards: readonly ShownShard[] };

/** The last attempt of a run of the configuration; `run` null: it is not asked for yet, or could not be. */
export type ShownRun = Pick<PullRequestRunRow, "sha" | "name" | "attempt" | "reason"> & {
  readonly run: Pick<typeof runs.$inferSelect, "id" | "state" | "reason"> | null;
  readonly suites: readonly ShownSuite[];
  readonly counts: ResultCounts;
  /** At most as many as a check takes annotations, failed ones first; `counts` says how many there are. */
  readonly red: readonly RunResult[];
  /** The names of a few. */
  readonly flaky: readonly string[];
};

export type ShownFailure = {
  readonly code: OperationFailureCode;
  readonly message: string;
  readonly file: string | null;
  readonly line: number | null;
};

export type ShownEnvironment = PullRequestEnvironmentRow &
  Pick<EnvironmentRow, "state" | "wanted" | "reason" | "queuePosition" | "endpoints" | "template"> & {
    readonly expiresAt: Date;
    readonly cluster: string | null;
    readonly proof: { complete: boolean; gone: number; left: number; unchecked: number } | null;
    /** Of its newest operation, where that failed. */
    readonly failure: ShownFailure | null;
  };

export type ShownCommit = Pick<
  CommitRow,
  | "sha"
  | "number"
  | "state"
  | "reason"
  | "problems"
  | "images"
  | "imagesSince"
  | "checkRunId"
  | "checkDigest"
  | "createdAt"
  | "endedAt"
> & {
  /** False as well when it is not known yet. */
  readonly hasConfiguration: boolean;
  /** Told for good: nothing more is read of it than stands here. */
  readonly isFinal: boolean;
  /** Empty where the verdict is not red. */
  readonly changedFiles: readonly ChangedFile[];
};

/** A commit as another open pull request of the repository has it: as its newest one, with a check of its own. */
export type SameCommit = Pick<CommitRow, "sha" | "state"> & { readonly number: number };

/** All that a report is drawn from, as one moment has it. Nothing else, such as the time, goes into it. */
export type ReportWorld = {
  readonly repository: { id: string; name: string; installationId: number | null };
  readonly pullRequest: PullRequestRow;
  /** Newest first, no more than a few dozen. */
  readonly commits: readonly ShownCommit[];
  /** Of the commits that are not told for good, by name. */
  readonly runs: readonly ShownRun[];
  /** Newest first. */
  readonly environments: readonly ShownEnvironment[];
  readonly lastCommand: CommandRow | null;
  /** Of the commits that are not told for good, by number. */
  readonly sameCommits: readonly SameCommit[];
};
