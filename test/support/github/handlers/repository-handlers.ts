import { GitHubError, notFound } from "../github-error.ts";
import type { Json } from "../json.ts";
import { tarballOf } from "../tarball.ts";
import { appView, fullName, installationView, repositoryView, toTime, userView } from "../views.ts";
import { type Call, commitOf, type Handlers } from "./handler.ts";

export const repositoryHandlers: Handlers = {
  "apps/get-authenticated": ({ context }) => ({ status: 200, json: appView(context) }),
  "apps/get-repo-installation": (call) => {
    const repository = call.repository();
    if (repository.installationId === null) throw notFound();
    return { status: 200, json: installationView(call.context, repository) };
  },
  "apps/create-installation-access-token": ({ context, tokens, params, body }) => {
    const id = Number(params.installation_id);
    const isThere = [...context.state.repositories.values()].some((each) => each.installationId === id);
    if (!isThere) throw notFound();
    const token = tokens.issue(id, body);
    const { secret, expiresAt, permissions } = token;
    const selection = { repository_selection: "selected" };
    return { status: 201, json: { token: secret, expires_at: toTime(expiresAt), permissions, ...selection } };
  },
  "rate-limit/get": ({ context }) => {
    const reset = Math.ceil(context.state.clock().getTime() / 1_000) + 3_600;
    const limit = { limit: 5_000, remaining: 4_999, used: 1, reset };
    return { status: 200, json: { resources: { core: limit, search: limit }, rate: limit } };
  },
  "repos/get": (call) => ({ status: 200, json: repositoryView(call.context, call.repository()) }),
  "repos/get-commit": (call) => {
    const ref = call.params.ref ?? "";
    const found = call.context.state.resolveRef(call.repository(), ref);
    // Not as a branch that is missing: GitHub refuses a sha that it does not know.
    if (found === undefined) throw new GitHubError(422, `No commit found for SHA: ${ref}`);
    const { sha, message, at, parent } = found;
    const who = { name: "A person", email: "person@github.test", date: toTime(at) };
    const commit = { message, author: who, committer: who, url: call.context.url, comment_count: 0 };
    const parents = parent === null ? [] : [{ sha: parent, url: call.context.url }];
    return { status: 200, json: { sha, commit: { ...commit, tree: { sha } }, parents } };
  },
  "repos/download-tarball-archive": (call) => {
    const repository = call.repository();
    const { sha } = commitOf(call, call.params.ref ?? repository.defaultBranch);
    // As GitHub does: elsewhere, for a short time, without the caller's token.
    return {
      status: 302,
      headers: { location: `${call.context.url}/codeload/${fullName(repository)}/legacy.tar.gz/${sha}` },
    };
  },
  "repos/get-content": (call) => contentAnswer(call),
  "repos/get-collaborator-permission-level": (call) => {
    const { context, params } = call;
    const repository = call.repository();
    const login = params.username ?? "";
    if (!context.state.people.has(login)) throw notFound();
    const role = repository.permissions.get(login) ?? (repository.isPrivate ? "none" : "read");
    // GitHub tells the two roles between by the one below them; `role_name` has the role itself.
    const permission = role === "maintain" ? "write" : role === "triage" ? "read" : role;
    return { status: 200, json: { permission, role_name: role, user: userView(context, login) } };
  },
};

function contentAnswer(call: Call) {
  const repository = call.repository();
  const path = call.params.path ?? "";
  const ref = call.query.get("ref") ?? repository.defaultBranch;
  const commit = call.context.state.resolveRef(repository, ref);
  if (commit === undefined) throw new GitHubError(404, `No commit found for the ref ${ref}`);
  const file = commit.files[path];
  if (file === undefined) throw notFound();
  const text = typeof file === "string" ? file : "link" in file ? file.link : file.text;
  if (/\braw\b/.test(call.accept)) {
    const type = "application/vnd.github.raw+json; charset=utf-8";
    return { status: 200, raw: { bytes: new TextEncoder().encode(text), type } };
  }
  const url = `${call.context.url}/repos/${fullName(repository)}/contents/${path}?ref=${ref}`;
  const json: Json = {
    ...{ type: "file", encoding: "base64", content: Buffer.from(text).toString("base64") },
    ...{ size: Buffer.byteLength(text), name: path.split("/").at(-1) ?? "", path, sha: commit.sha, url },
    ...{ git_url: url, html_url: url, download_url: url, _links: { git: url, html: url, self: url } },
  };
  return { status: 200, json };
}

/** What `codeload` answers where the tarball's redirect points. */
export async function answerCodeload(call: Pick<Call, "context">, path: string): Promise<Response> {
  const [, owner = "", name = "", sha = ""] =
    /^\/codeload\/([^/]+)\/([^/]+)\/legacy\.tar\.gz\/(\w+)$/.exec(path) ?? [];
  const repository = call.context.state.repository(owner, name);
  const commit = call.context.state.commits.get(sha);
  if (repository === undefined || commit === undefined)
    return new Response("404: Not Found", { status: 404 });
  const bytes = await tarballOf(repository, commit);
  return new Response(bytes, { headers: { "content-type": "application/x-gzip" } });
}
