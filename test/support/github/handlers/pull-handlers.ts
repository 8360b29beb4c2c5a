import { diffOf } from "../diff.ts";
import { invalid } from "../github-error.ts";
import type { CommentState } from "../state.ts";
import { botLogin, commentView, pullView, toTime, userView } from "../views.ts";
import { byId, type Call, type Handlers, pullOf, textOf } from "./handler.ts";

export const pullHandlers: Handlers = {
  "pulls/list": (call) => {
    const repository = call.repository();
    const { query } = call;
    const state = query.get("state") ?? "open";
    const base = query.get("base");
    const isUpdated = query.get("sort") === "updated";
    const pulls = [...repository.pulls.values()]
      .filter((pull) => state === "all" || pull.state === state)
      .filter((pull) => base === null || pull.base.branch === base)
      .sort((one, other) =>
        isUpdated ? one.updatedAt.getTime() - other.updatedAt.getTime() : one.number - other.number,
      );
    // The default direction is descending unless something else than the creation is sorted by.
    const direction = query.get("direction") ?? (query.has("sort") && !isUpdated ? "asc" : "desc");
    if (direction === "desc") pulls.reverse();
    return { status: 200, list: { items: pulls.map((pull) => pullView(call.context, repository, pull)) } };
  },
  "pulls/get": (call) => ({ status: 200, json: pullView(call.context, call.repository(), pullOf(call)) }),
  "pulls/list-files": (call) => {
    const { base, head } = pullOf(call);
    const { url } = call.context;
    const items = diffOf(call.context.state, base.sha, head.sha).map((entry) => ({
      ...entry,
      changes: entry.additions + entry.deletions,
      sha: head.sha,
      ...{ blob_url: url, raw_url: url, contents_url: url },
    }));
    // GitHub tells at most 3000 files of a pull request.
    return { status: 200, list: { items: items.slice(0, 3_000) } };
  },
  "issues/list-comments-for-repo": (call) => {
    const comments = since(call, call.repository().comments);
    const isUpdated = call.query.get("sort") === "updated";
    const order = (comment: CommentState) => (isUpdated ? comment.updatedAt : comment.createdAt).getTime();
    comments.sort((one, other) => order(one) - order(other));
    if (call.query.get("direction") === "desc") comments.reverse();
    return { status: 200, list: { items: viewAll(call, comments) } };
  },
  "issues/list-comments": (call) => {
    const { number } = pullOf(call, "issue_number");
    const comments = since(call, call.repository().comments).filter(({ pull }) => pull === number);
    return { status: 200, list: { items: viewAll(call, comments) } };
  },
  "issues/get-comment": (call) => {
    const comment = byId(call.repository().comments, call.params.comment_id);
    return { status: 200, json: commentView(call.context, call.repository(), comment) };
  },
  "issues/create-comment": (call) => {
    const repository = call.repository();
    const pull = pullOf(call, "issue_number");
    const body = textOf(call.body.body, "body", 65_536);
    if (body.trim() === "") throw invalid("Body cannot be blank");
    const at = call.context.state.tick();
    const by = botLogin(call.context.app);
    const fields = { pull: pull.number, by, body, reactions: [], createdAt: at, updatedAt: at };
    const comment: CommentState = { id: call.context.state.nextId(), ...fields };
    repository.comments.push(comment);
    return { status: 201, json: commentView(call.context, repository, comment) };
  },
  "issues/update-comment": (call) => {
    const comment = byId(call.repository().comments, call.params.comment_id);
    comment.body = textOf(call.body.body, "body", 65_536);
    comment.updatedAt = call.context.state.now();
    return { status: 200, json: commentView(call.context, call.repository(), comment) };
  },
  "reactions/list-for-issue-comment": (call) => {
    const { reactions } = byId(call.repository().comments, call.params.comment_id);
    return { status: 200, list: { items: reactions.map((reaction) => reactionView(call, reaction)) } };
  },
  "reactions/create-for-issue-comment": (call) => {
    const { reactions } = byId(call.repository().comments, call.params.comment_id);
    const by = botLogin(call.context.app);
    const content = String(call.body.content);
    const known = reactions.find((each) => each.by === by && each.content === content);
    const reaction = known ?? { id: call.context.state.nextId(), by, content };
    if (known === undefined) reactions.push(reaction);
    return { status: known === undefined ? 201 : 200, json: reactionView(call, reaction) };
  },
};

function since(call: Call, comments: readonly CommentState[]): CommentState[] {
  const from = call.query.get("since");
  return comments.filter(({ updatedAt }) => from === null || updatedAt >= new Date(from));
}

function viewAll(call: Call, comments: readonly CommentState[]) {
  return comments.map((comment) => commentView(call.context, call.repository(), comment));
}

function reactionView(call: Call, { id, by, content }: CommentState["reactions"][number]) {
  const at = toTime(call.context.state.now());
  return { id, node_id: `R_${id}`, user: userView(call.context, by), content, created_at: at };
}
