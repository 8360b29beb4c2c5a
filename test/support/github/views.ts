import type { Json, JsonObject } from "./json.ts";
import type { CommentState, PullState, RepositoryState, State } from "./state.ts";

/** GitHub's time: seconds, no fraction. */
export function toTime(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}

/** What all answers are made from. `url` is where this server stands. */
export type ViewContext = { readonly state: State; readonly url: string; readonly app: AppIdentity };
export type AppIdentity = {
  readonly id: number;
  readonly clientId: string;
  readonly slug: string;
  readonly name: string;
  readonly privateKeyPem: string;
  readonly publicKeyPem: string;
};

/** The App as an author. */
export function botLogin(app: AppIdentity): string {
  return `${app.slug}[bot]`;
}

export function fullName(repository: RepositoryState): string {
  return `${repository.owner}/${repository.name}`;
}

export function userView(context: ViewContext, login: string): JsonObject {
  const isApp = login === botLogin(context.app);
  const { id } = context.state.person(login);
  const url = `${context.url}/users/${encodeURIComponent(login)}`;
  const html = `${context.url}/${isApp ? `apps/${context.app.slug}` : login}`;
  return {
    login,
    id,
    node_id: `U_${id}`,
    type: isApp ? "Bot" : "User",
    site_admin: false,
    url,
    html_url: html,
  };
}

export function repositoryView(context: ViewContext, repository: RepositoryState): JsonObject {
  const name = fullName(repository);
  return {
    id: repository.id,
    node_id: `R_${repository.id}`,
    name: repository.name,
    full_name: name,
    private: repository.isPrivate,
    fork: repository.isFork,
    owner: userView(context, repository.owner),
    default_branch: repository.defaultBranch,
    visibility: repository.isPrivate ? "private" : "public",
    url: `${context.url}/repos/${name}`,
    html_url: `${context.url}/${name}`,
    clone_url: `${context.url}/${name}.git`,
    git_url: `git://github.test/${name}.git`,
    ssh_url: `git@github.test:${name}.git`,
  };
}

export function installationView(context: ViewContext, repository: RepositoryState): JsonObject {
  const id = repository.installationId ?? 0;
  return {
    id,
    account: userView(context, repository.owner),
    app_id: context.app.id,
    app_slug: context.app.slug,
    target_type: "Organization",
    target_id: context.state.person(repository.owner).id,
    repository_selection: "selected",
    permissions: {},
    events: ["pull_request", "issue_comment", "check_run"],
    access_tokens_url: `${context.url}/app/installations/${id}/access_tokens`,
    repositories_url: `${context.url}/installation/repositories`,
    html_url: `${context.url}/settings/installations/${id}`,
    single_file_name: null,
  };
}

export function appView(context: ViewContext): JsonObject {
  const { id, slug, name, clientId } = context.app;
  return {
    ...{ id, slug, name, client_id: clientId, node_id: `A_${id}` },
    ...{ external_url: "https://seatrial.test/", html_url: `${context.url}/apps/${slug}` },
    ...{ owner: userView(context, slug), description: null, events: [], permissions: {} },
  };
}

export function pullView(context: ViewContext, repository: RepositoryState, pull: PullState): JsonObject {
  const url = `${context.url}/repos/${fullName(repository)}/pulls/${pull.number}`;
  const issue = `${context.url}/repos/${fullName(repository)}/issues/${pull.number}`;
  const head = pull.head.repository;
  const labels: Json[] = pull.labels.map((name, index) => {
    return { id: index + 1, node_id: `L_${index}`, name, color: "ededed", default: false, description: null };
  });
  return {
    ...{ id: pull.id, node_id: `PR_${pull.id}`, number: pull.number, title: pull.title, body: null, url },
    ...{ html_url: `${context.url}/${fullName(repository)}/pull/${pull.number}`, issue_url: issue },
    ...{ state: pull.state, locked: false, draft: pull.draft, labels, comments_url: `${issue}/comments` },
    user: userView(context, pull.author),
    created_at: toTime(pull.createdAt),
    updated_at: toTime(pull.updatedAt),
    closed_at: pull.closedAt === null ? null : toTime(pull.closedAt),
    merged_at: pull.mergedAt === null ? null : toTime(pull.mergedAt),
    merged: pull.mergedAt !== null,
    head: {
      label: `${head?.owner ?? "unknown repository"}:${pull.head.branch}`,
      ref: pull.head.branch,
      sha: pull.head.sha,
      user: head === null ? null : userView(context, head.owner),
      repo: head === null ? null : repositoryView(context, head),
    },
    base: {
      label: `${repository.owner}:${pull.base.branch}`,
      ref: pull.base.branch,
      sha: pull.base.sha,
      user: userView(context, repository.owner),
      repo: repositoryView(context, repository),
    },
  };
}

/** What an issue says as its pull request does. */
const sharedWithIssue = [
  "id",
  "node_id",
  "number",
  "title",
  "body",
  "state",
  "locked",
  "labels",
  "user",
  "created_at",
  "updated_at",
  "closed_at",
  "html_url",
] as const;

/** A pull request as an issue, in webhooks about its comments. */
export function issueView(context: ViewContext, repository: RepositoryState, pull: PullState): JsonObject {
  const view = pullView(context, repository, pull);
  const { html_url } = view;
  return {
    ...Object.fromEntries(sharedWithIssue.map((name) => [name, view[name]])),
    ...{ draft: pull.draft, url: view.issue_url, author_association: "NONE" },
    pull_request: { url: view.url, html_url, diff_url: `${html_url}.diff`, patch_url: `${html_url}.patch` },
  };
}

export function commentView(
  context: ViewContext,
  repository: RepositoryState,
  comment: CommentState,
): JsonObject {
  const issues = `${context.url}/repos/${fullName(repository)}/issues`;
  const counted = (content: string) => comment.reactions.filter((each) => each.content === content).length;
  const kinds = ["+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket"];
  return {
    ...{ id: comment.id, node_id: `IC_${comment.id}`, body: comment.body, author_association: "NONE" },
    ...{ url: `${issues}/comments/${comment.id}`, issue_url: `${issues}/${comment.pull}` },
    html_url: `${context.url}/${fullName(repository)}/pull/${comment.pull}#issuecomment-${comment.id}`,
    user: userView(context, comment.by),
    performed_via_github_app: comment.by === botLogin(context.app) ? appView(context) : null,
    created_at: toTime(comment.createdAt),
    updated_at: toTime(comment.updatedAt),
    reactions: {
      url: `${issues}/comments/${comment.id}/reactions`,
      total_count: comment.reactions.length,
      ...Object.fromEntries(kinds.map((kind) => [kind, counted(kind)])),
    },
  };
}
