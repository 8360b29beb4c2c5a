import { createHash } from "node:crypto";

export type Permission = "none" | "read" | "triage" | "write" | "maintain" | "admin";
/** A file's text, or what it is instead: a program, or a symbolic link to a path. */
export type FileSpec =
  | string
  | { readonly text: string; readonly executable: true }
  | { readonly link: string };
export type Files = Readonly<Record<string, FileSpec>>;

export type Person = { readonly login: string; readonly id: number };
export type Commit = {
  readonly sha: string;
  readonly parent: string | null;
  readonly files: Files;
  readonly message: string;
  readonly at: Date;
};
export type CommentState = {
  readonly id: number;
  readonly pull: number;
  readonly by: string;
  body: string;
  readonly reactions: { id: number; by: string; content: string }[];
  readonly createdAt: Date;
  updatedAt: Date;
};
export type AnnotationState = {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: string;
  readonly message: string;
  readonly title?: string;
};
export type CheckState = {
  readonly id: number;
  name: string;
  readonly headSha: string;
  externalId: string;
  status: string;
  conclusion: string | null;
  startedAt: string;
  completedAt: string | null;
  output: { title: string | null; summary: string | null; text: string | null };
  readonly annotations: AnnotationState[];
  detailsUrl: string | null;
};
export type DeploymentState = {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly description: string | null;
  readonly payload: unknown;
  readonly isTransient: boolean;
  readonly createdAt: Date;
  /** Oldest first. */
  readonly statuses: { id: number; state: string; description: string; url: string; createdAt: Date }[];
};
export type PullState = {
  readonly id: number;
  readonly number: number;
  title: string;
  readonly author: string;
  state: "open" | "closed";
  draft: boolean;
  labels: string[];
  base: { branch: string; sha: string };
  /** `repository` null: it was deleted. */
  head: { repository: RepositoryState | null; branch: string; sha: string };
  readonly createdAt: Date;
  updatedAt: Date;
  closedAt: Date | null;
  mergedAt: Date | null;
};
export type RepositoryState = {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly isFork: boolean;
  readonly isPrivate: boolean;
  readonly defaultBranch: string;
  /** Null: the App is not installed there. */
  installationId: number | null;
  readonly branches: Map<string, string>;
  readonly permissions: Map<string, Permission>;
  readonly pulls: Map<number, PullState>;
  readonly comments: CommentState[];
  readonly checks: CheckState[];
  readonly deployments: DeploymentState[];
};

/** All that the fake GitHub knows. Ids count up; time goes on by at least a second with each act of a person. */
export type State = {
  readonly repositories: Map<string, RepositoryState>;
  readonly people: Map<string, Person>;
  readonly commits: Map<string, Commit>;
  nextId(): number;
  /** The real time: for tokens and limits. */
  clock(): Date;
  /** When the newest thing happened, or now: whole seconds, as GitHub tells them. */
  now(): Date;
  /** A later second than all before it, for what people do: it may run ahead of the real time. */
  tick(): Date;
  /** So much later happens what happens next. */
  pass(seconds: number): void;
  person(login: string): Person;
  commit(fields: { files: Files; parent: string | null; message?: string }): Commit;
  repository(owner: string, name: string): RepositoryState | undefined;
  /** The commit that a branch, a pull request's ref or a (short) sha names. */
  resolveRef(repository: RepositoryState, ref: string): Commit | undefined;
};

export function createState(clock: () => Date): State {
  let last = 0;
  let lastId = 1_000;
  const seconds = () => Math.floor(clock().getTime() / 1_000);
  const state: State = {
    repositories: new Map(),
    people: new Map(),
    commits: new Map(),
    nextId: () => {
      lastId += 1;
      return lastId;
    },
    clock,
    now: () => new Date(Math.max(last, seconds()) * 1_000),
    pass(passed) {
      last = Math.max(last, seconds()) + passed;
    },
    tick() {
      last = Math.max(last + 1, seconds());
      return new Date(last * 1_000);
    },
    person(login) {
      const person = state.people.get(login) ?? { login, id: state.nextId() };
      state.people.set(login, person);
      return person;
    },
    commit({ files, parent, message = "Change" }) {
      const at = state.now();
      const sha = createHash("sha1")
        .update(JSON.stringify([state.commits.size, parent, message, files]))
        .digest("hex");
      const commit = { sha, parent, files, message, at };
      state.commits.set(sha, commit);
      return commit;
    },
    repository: (owner, name) => state.repositories.get(`${owner}/${name}`.toLowerCase()),
    resolveRef(repository, ref) {
      const pull = /^(?:refs\/)?pull\/(\d+)\/head$/.exec(ref);
      const named = repository.branches.get(ref.replace(/^(?:refs\/)?heads\//, ""));
      const sha = pull === null ? named : repository.pulls.get(Number(pull[1]))?.head.sha;
      if (sha !== undefined) return state.commits.get(sha);
      if (!/^[0-9a-f]{7,40}$/.test(ref)) return undefined;
      return [...state.commits.values()].find((commit) => commit.sha.startsWith(ref));
    },
  };
  return state;
}
