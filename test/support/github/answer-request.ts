import { complete } from "./complete.ts";
import { answerSchema, findFaults, type Operation, operations } from "./description.ts";
import { GitHubError, notFound } from "./github-error.ts";
import { checkHandlers } from "./handlers/check-handlers.ts";
import { deploymentHandlers } from "./handlers/deployment-handlers.ts";
import type { Answer, Call, Handlers } from "./handlers/handler.ts";
import { pullHandlers } from "./handlers/pull-handlers.ts";
import { repositoryHandlers } from "./handlers/repository-handlers.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Tokens } from "./tokens.ts";
import { type ReceivedRequest, validateRequest } from "./validate-request.ts";
import type { ViewContext } from "./views.ts";

/** One request to the API, as `github.journal` tells it. */
export type Exchange = {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Null: it is not in the extract. */
  readonly operation: Operation["id"] | null;
  readonly body: JsonObject;
  readonly status: number;
  /** This machine's time in milliseconds when it was answered. */
  readonly at: number;
};

const handlers: Handlers = {
  ...repositoryHandlers,
  ...pullHandlers,
  ...checkHandlers,
  ...deploymentHandlers,
};

export type ApiDeps = { readonly context: ViewContext; readonly tokens: Tokens; violate(what: string): void };
type Found = { readonly operation: Operation; readonly params: Readonly<Record<string, string>> };

/** The operation that a request names, with its path's parameters decoded. */
export function findOperation(method: string, path: string): Found | null {
  for (const operation of operations) {
    const match = operation.method === method ? operation.pattern.exec(path) : null;
    if (match === null) continue;
    const params = Object.entries(match.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)]);
    return { operation, params: Object.fromEntries(params) as Record<string, string> };
  }
  return null;
}

/** Answers as GitHub would; what the description does not allow, of the request or of the answer, is a violation. */
export async function answerRequest(deps: ApiDeps, request: ReceivedRequest): Promise<[Response, Exchange]> {
  const found = findOperation(request.method, request.path);
  const search = request.query.size === 0 ? "" : `?${request.query}`;
  const base = { method: request.method, path: `${request.path}${search}` };
  if (found === null) {
    deps.violate(`${request.method} ${request.path}: the fake server does not know this operation`);
    const response = Response.json({ message: "Not Implemented" }, { status: 501 });
    return [response, { ...base, operation: null, body: {}, status: 501, at: Date.now() }];
  }
  const { operation, params } = found;
  const { body, faults } = validateRequest(operation, params, request);
  for (const fault of faults) deps.violate(`${request.method} ${request.path}: ${fault}`);
  const response = await answerFound(deps, request, found, body, faults);
  return [response, { ...base, operation: operation.id, body, status: response.status, at: Date.now() }];
}

async function answerFound(
  deps: ApiDeps,
  request: ReceivedRequest,
  { operation, params }: Found,
  body: JsonObject,
  faults: readonly string[],
): Promise<Response> {
  try {
    const repository = () => {
      const named = deps.context.state.repository(params.owner ?? "", params.repo ?? "");
      if (named === undefined) throw notFound();
      return named;
    };
    const accept = request.headers.get("accept") ?? "";
    const { context, tokens } = deps;
    const call: Call = { context, tokens, params, query: request.query, body, accept, repository };
    authorize(call, operation, request.headers.get("authorization") ?? "");
    if (faults.length > 0) throw new GitHubError(422, "Invalid request.", faults);
    const handler = handlers[operation.id];
    if (handler === undefined) throw new Error(`${operation.id} has no handler`);
    return toResponse(deps, operation, request, await handler(call));
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    const documentation_url = "https://docs.github.com/rest";
    const errors = error.errors.length === 0 ? {} : { errors: error.errors };
    return Response.json({ message: error.message, ...errors, documentation_url }, { status: error.status });
  }
}

/** The App itself asks for its installations; all else is an installation's. */
function authorize(call: Call, operation: Operation, header: string): void {
  const secret = header.replace(/^(?:bearer|token) /i, "");
  if (secret === "") throw new GitHubError(401, "Requires authentication");
  if (operation.id.startsWith("apps/")) {
    call.tokens.verifyJwt(secret);
    return;
  }
  if (secret.split(".").length === 3) throw new GitHubError(403, "Resource not accessible by integration");
  const token = call.tokens.find(secret);
  if (call.params.owner !== undefined) call.tokens.check(token, operation.id, call.repository());
}

function toResponse(deps: ApiDeps, operation: Operation, request: ReceivedRequest, answer: Answer): Response {
  const headers = new Headers({ ...answer.headers, ...limits(deps) });
  if (answer.raw !== undefined) {
    headers.set("content-type", answer.raw.type);
    return new Response(answer.raw.bytes, { status: answer.status, headers });
  }
  const json = answer.list === undefined ? answer.json : pageOf(deps, request, answer.list, headers);
  if (json === undefined) return new Response(null, { status: answer.status, headers });
  const schema = answerSchema(operation, answer.status);
  const whole = schema === null ? json : complete(schema, json);
  for (const fault of schema === null ? [] : findFaults(schema, whole))
    deps.violate(`the fake server's own answer to ${operation.id}: ${fault}`);
  headers.set("content-type", "application/json; charset=utf-8");
  return new Response(JSON.stringify(whole), { status: answer.status, headers });
}

function limits({ context }: ApiDeps): Record<string, string> {
  const reset = Math.ceil(context.state.clock().getTime() / 1_000) + 3_600;
  return {
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": "4999",
    "x-ratelimit-reset": String(reset),
    "x-github-media-type": "github.v3; format=json",
    date: context.state.clock().toUTCString(),
  };
}

/** One page, with the links by which octokit finds the others. */
function pageOf(
  deps: ApiDeps,
  request: ReceivedRequest,
  list: NonNullable<Answer["list"]>,
  headers: Headers,
): Json {
  const size = Math.min(100, Math.max(1, Number(request.query.get("per_page") ?? 30)));
  const page = Math.max(1, Number(request.query.get("page") ?? 1));
  const last = Math.max(1, Math.ceil(list.items.length / size));
  const link = (to: number, rel: string) => {
    const query = new URLSearchParams(request.query);
    query.set("page", String(to));
    return `<${deps.context.url}${request.path}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(page - 1, "prev"), link(1, "first")] : []),
    ...(page < last ? [link(page + 1, "next"), link(last, "last")] : []),
  ];
  if (links.length > 0) headers.set("link", links.join(", "));
  const items = list.items.slice((page - 1) * size, page * size);
  return list.wrap === undefined ? items : list.wrap(items, list.items.length);
}
