import { checkView } from "./check-views.ts";
import type { Deliveries } from "./deliveries.ts";
import type { JsonObject } from "./json.ts";
import type { WebhookName } from "./operations.ts";
import { createPullHandle, type PullHandle } from "./pull-handle.ts";
import type { CheckState, Commit, DeploymentState, FileSpec, Permission, RepositoryState } from "./state.ts";
import { fullName, repositoryView, userView, type ViewContext } from "./views.ts";

/** Files to change: null removes one. */
export type Changes = Readonly<Record<string, FileSpec | null>>;
export type OpenPull = {
  readonly by: string;
  readonly branch: string;
  /** On top of the base branch's files. */
  readonly files: Changes;
  /** Owner of a fork of this repository that the branch is in; the repository itself, if it is not said. */
  readonly fork?: string;
  readonly title?: string;
  readonly draft?: boolean;
  readonly labels?: readonly string[];
  readonly base?: string;
};
export type World = { readonly context: ViewContext; readonly deliveries: Deliveries };

export type RepositoryHandle = {
  readonly name: string;
  readonly state: RepositoryState;
  /** The newest commit of a branch; of the default one, if none is named. */
  head(branch?: string): string;
  /** A commit on a branch; the branch is made from the default one if it is not there. */
  push(changes: Changes, branch?: string): string;
  permit(login: string, permission: Permission): void;
  open(options: OpenPull): Promise<PullHandle>;
  /** All that were opened, in their order. */
  readonly pulls: readonly PullHandle[];
  /** Somebody presses "Re-run" at a check. */
  rerequest(checkId: number, by: string): Promise<void>;
  /** Of one commit, or all; oldest first. */
  checks(sha?: string): readonly CheckState[];
  readonly deployments: readonly DeploymentState[];
};

export function applyChanges(commit: Commit | undefined, changes: Changes): Record<string, FileSpec> {
  const files: Record<string, FileSpec> = { ...commit?.files };
  for (const [path, file] of Object.entries(changes))
    if (file === null) delete files[path];
    else files[path] = file;
  return files;
}

/** An event of this repository by this person. */
export async function tell(
  { context, deliveries }: World,
  repository: RepositoryState,
  name: WebhookName,
  by: string,
  fields: JsonObject,
): Promise<void> {
  if (repository.installationId === null) return;
  await deliveries.happen(name, {
    ...fields,
    repository: repositoryView(context, repository),
    sender: userView(context, by),
    installation: { id: repository.installationId, node_id: `I_${repository.installationId}` },
  });
}

export function createRepositoryHandle(world: World, state: RepositoryState): RepositoryHandle {
  const { context } = world;
  const all = context.state;
  const commitOn = (repository: RepositoryState, branch: string, from: string, changes: Changes) => {
    const parent = all.commits.get(repository.branches.get(branch) ?? from);
    const commit = all.commit({ files: applyChanges(parent, changes), parent: parent?.sha ?? null });
    repository.branches.set(branch, commit.sha);
    return commit.sha;
  };
  const pulls: PullHandle[] = [];
  const head = (branch = state.defaultBranch) => state.branches.get(branch) ?? "";
  return {
    ...{ name: fullName(state), state, head, pulls },
    push: (changes, branch = state.defaultBranch) => commitOn(state, branch, head(), changes),
    permit(login, permission) {
      all.person(login);
      state.permissions.set(login, permission);
    },
    async open({ by, branch, files, fork, title = `Change ${branch}`, draft = false, labels = [], base }) {
      const at = () => all.tick();
      const from = fork === undefined ? state : forkOf(world, state, fork);
      all.person(by);
      const baseBranch = base ?? state.defaultBranch;
      const sha = commitOn(from, branch, head(baseBranch), files);
      const number = state.pulls.size + 1;
      const createdAt = at();
      state.pulls.set(number, {
        ...{ id: all.nextId(), number, title, author: by, state: "open", draft, labels: [...labels] },
        base: { branch: baseBranch, sha: head(baseBranch) },
        head: { repository: from, branch, sha },
        ...{ createdAt, updatedAt: createdAt, closedAt: null, mergedAt: null },
      });
      const pull = createPullHandle(world, state, number, (changes) => commitOn(from, branch, sha, changes));
      pulls.push(pull);
      await pull.tell("opened", by);
      return pull;
    },
    async rerequest(checkId, by) {
      const check = state.checks.find(({ id }) => id === checkId);
      if (check === undefined) throw new Error(`there is no check ${checkId}`);
      const fields = { action: "rerequested", check_run: checkView(context, state, check) };
      await tell(world, state, "check-run-rerequested", by, fields);
    },
    checks: (sha) => state.checks.filter((check) => sha === undefined || check.headSha === sha),
    deployments: state.deployments,
  };
}

function forkOf({ context }: World, of: RepositoryState, owner: string): RepositoryState {
  const known = context.state.repository(owner, of.name);
  if (known !== undefined) return known;
  const fork: RepositoryState = {
    ...{ id: context.state.nextId(), owner, name: of.name, isFork: true, isPrivate: false },
    ...{ defaultBranch: of.defaultBranch, installationId: null, branches: new Map(of.branches) },
    permissions: new Map([[owner, "admin" as Permission]]),
    ...{ pulls: new Map(), comments: [], checks: [], deployments: [] },
  };
  context.state.person(owner);
  context.state.repositories.set(fullName(fork).toLowerCase(), fork);
  return fork;
}
