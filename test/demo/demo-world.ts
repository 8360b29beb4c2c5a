import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { RepositoryFiles } from "./example-repository.ts";

/** A check as the forge has it. */
export type ShownCheck = {
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly title: string;
  readonly summary: string;
  readonly text: string;
  readonly annotations: readonly { path: string; line: number; level: string; message: string }[];
};

/** What the story asks of the forge. */
export type DemoForge = {
  readonly url: string;
  /** A branch with one commit on top of the base, and the pull request for it; the hub is told by a signed webhook. */
  readonly open: (title: string, files: RepositoryFiles) => Promise<{ number: number; sha: string }>;
  /** One more commit on the pull request's branch; its sha. */
  readonly push: (number: number, files: RepositoryFiles) => Promise<string>;
  readonly close: (number: number) => Promise<void>;
  readonly check: (sha: string) => ShownCheck | null;
  /** What of Seatrial's requests GitHub's published description does not allow. */
  readonly violations: () => readonly string[];
  readonly stop: () => Promise<void>;
};

/** Hub, worker, clusters and forge, as the story needs them. */
export type DemoWorld = {
  readonly forge: DemoForge;
  readonly hubUrl: string;
  readonly clusters: readonly string[];
  readonly project: ProjectClient;
  /** Null: the hub has not heard of it yet. */
  readonly pullRequest: (number: number) => Promise<PullRequest | null>;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
};

export class DemoError extends Error {}
