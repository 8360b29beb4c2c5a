import type { JsonObject } from "./json.ts";
import type { WebhookName } from "./operations.ts";
import { type Changes, tell, type World } from "./repository-handle.ts";
import type { CheckState, CommentState, PullState, RepositoryState } from "./state.ts";
import { commentView, issueView, pullView } from "./views.ts";

/**
 * What people do to a pull request. Each act moves GitHub's time on and ends when its webhook was answered (or kept, or
 * lost, as the test wants it). `by` is the author, if it is not said.
 */
export type PullHandle = {
  readonly number: number;
  readonly state: PullState;
  readonly headSha: string;
  /** Another commit on its branch; answers with its sha. */
  push(changes: Changes, by?: string): Promise<string>;
  close(by?: string): Promise<void>;
  merge(by?: string): Promise<void>;
  reopen(by?: string): Promise<void>;
  ready(by?: string): Promise<void>;
  convertToDraft(by?: string): Promise<void>;
  /** Another base branch. */
  retarget(branch: string, by?: string): Promise<void>;
  label(name: string, by?: string): Promise<void>;
  unlabel(name: string, by?: string): Promise<void>;
  /** Answers with the comment's id. */
  comment(body: string, by?: string): Promise<number>;
  /** The head's repository is deleted; GitHub tells nobody. */
  loseHeadRepository(): void;
  readonly comments: readonly CommentState[];
  /** Checks of its head, oldest first. */
  checks(): readonly CheckState[];
  /** The event of its state now, as if it had just happened. */
  tell(action: PullAction, by: string, fields?: JsonObject): Promise<void>;
};
type PullAction =
  | "opened"
  | "synchronize"
  | "reopened"
  | "closed"
  | "labeled"
  | "unlabeled"
  | "ready_for_review"
  | "converted_to_draft"
  | "edited";

export function createPullHandle(
  world: World,
  repository: RepositoryState,
  number: number,
  commit: (changes: Changes) => string,
): PullHandle {
  const { context } = world;
  const found = repository.pulls.get(number);
  if (found === undefined) throw new Error(`there is no pull request ${number}`);
  const state = found;
  async function tellOf(action: PullAction, by: string, fields: JsonObject = {}): Promise<void> {
    const name = `pull-request-${action.replaceAll("_", "-")}` as WebhookName;
    const pull_request = pullView(context, repository, state);
    await tell(world, repository, name, by, { action, number, pull_request, ...fields });
  }
  /** Changes the state in a later second, then tells it. */
  async function act(
    action: PullAction,
    by: string | undefined,
    change: (at: Date) => JsonObject | undefined,
  ) {
    const at = context.state.tick();
    const fields = change(at);
    state.updatedAt = at;
    await tellOf(action, by ?? state.author, fields);
  }
  const labelView = (name: string) => ({ label: { id: 1, name, color: "ededed", default: false } });
  const end = (merged: boolean, by?: string) =>
    act("closed", by, (at) => {
      Object.assign(state, { state: "closed", closedAt: at, mergedAt: merged ? at : null });
      if (merged) repository.branches.set(state.base.branch, state.head.sha);
      return undefined;
    });
  return {
    ...{ number, state, tell: tellOf },
    get headSha() {
      return state.head.sha;
    },
    async push(changes, by) {
      const before = state.head.sha;
      const after = commit(changes);
      await act("synchronize", by, () => {
        state.head.sha = after;
        state.base.sha = repository.branches.get(state.base.branch) ?? state.base.sha;
        return { before, after };
      });
      return after;
    },
    close: (by) => end(false, by),
    merge: (by) => end(true, by),
    reopen: (by) =>
      act("reopened", by, () => {
        Object.assign(state, { state: "open", closedAt: null });
        return undefined;
      }),
    ready: (by) =>
      act("ready_for_review", by, () => {
        state.draft = false;
        return undefined;
      }),
    convertToDraft: (by) =>
      act("converted_to_draft", by, () => {
        state.draft = true;
        return undefined;
      }),
    retarget: (branch, by) =>
      act("edited", by, () => {
        const { branch: ref, sha } = state.base;
        state.base = { branch, sha: repository.branches.get(branch) ?? sha };
        return { changes: { base: { ref: { from: ref }, sha: { from: sha } } } };
      }),
    label: (name, by) =>
      act("labeled", by, () => {
        if (!state.labels.includes(name)) state.labels.push(name);
        return labelView(name);
      }),
    unlabel: (name, by) =>
      act("unlabeled", by, () => {
        state.labels = state.labels.filter((each) => each !== name);
        return labelView(name);
      }),
    async comment(body, by = state.author) {
      const at = context.state.tick();
      context.state.person(by);
      const id = context.state.nextId();
      const comment: CommentState = {
        id,
        pull: number,
        by,
        body,
        reactions: [],
        createdAt: at,
        updatedAt: at,
      };
      repository.comments.push(comment);
      state.updatedAt = at;
      await tell(world, repository, "issue-comment-created", by, {
        action: "created",
        comment: commentView(context, repository, comment),
        issue: issueView(context, repository, state),
      });
      return id;
    },
    loseHeadRepository() {
      state.head.repository = null;
    },
    get comments() {
      return repository.comments.filter(({ pull }) => pull === number);
    },
    checks: () => repository.checks.filter(({ headSha }) => headSha === state.head.sha),
  };
}
