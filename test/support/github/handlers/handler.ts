import { invalid, notFound } from "../github-error.ts";
import type { Json, JsonObject } from "../json.ts";
import type { OperationId } from "../operations.ts";
import type { Commit, PullState, RepositoryState } from "../state.ts";
import type { Tokens } from "../tokens.ts";
import type { ViewContext } from "../views.ts";

export type Call = {
  readonly context: ViewContext;
  readonly tokens: Tokens;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Valid by the description. */
  readonly body: JsonObject;
  readonly accept: string;
  /** What the path names; asking for one that is not there answers 404. */
  repository(): RepositoryState;
};
export type Answer = {
  readonly status: number;
  /** Completed and checked by the description; bytes and text go as they are. */
  readonly json?: Json;
  readonly raw?: { readonly bytes: Uint8Array<ArrayBuffer>; readonly type: string };
  readonly headers?: Readonly<Record<string, string>>;
  /** All items of a list, or of one within an object: the server cuts the page. */
  readonly list?: { readonly items: readonly Json[]; wrap?(page: readonly Json[], total: number): Json };
};
export type Handler = (call: Call) => Answer | Promise<Answer>;
export type Handlers = Partial<Record<OperationId, Handler>>;

export function pullOf(call: Call, name = "pull_number"): PullState {
  const pull = call.repository().pulls.get(Number(call.params[name]));
  if (pull === undefined) throw notFound();
  return pull;
}

export function commitOf(call: Call, ref: string): Commit {
  const commit = call.context.state.resolveRef(call.repository(), ref);
  if (commit === undefined) throw notFound();
  return commit;
}

export function byId<Item extends { id: number }>(items: readonly Item[], id: string | undefined): Item {
  const item = items.find((each) => each.id === Number(id));
  if (item === undefined) throw notFound();
  return item;
}

/** A text of a body that GitHub takes up to so many characters. */
export function textOf(value: Json | undefined, name: string, most: number): string {
  const text = typeof value === "string" ? value : "";
  if (text.length > most) throw invalid(`${name} is too long (maximum is ${most} characters)`);
  return text;
}
