import { checkView } from "../check-views.ts";
import { GitHubError, invalid } from "../github-error.ts";
import type { JsonObject } from "../json.ts";
import type { AnnotationState, CheckState } from "../state.ts";
import { toTime } from "../views.ts";
import { byId, type Call, commitOf, type Handlers, textOf } from "./handler.ts";

export const checkHandlers: Handlers = {
  "checks/create": (call) => {
    const repository = call.repository();
    const { body } = call;
    const headSha = String(body.head_sha);
    if (call.context.state.commits.get(headSha) === undefined)
      throw new GitHubError(422, `No commit found for SHA: ${headSha}`);
    const check: CheckState = {
      id: call.context.state.nextId(),
      name: String(body.name),
      headSha,
      ...{ externalId: "", status: "queued", conclusion: null, completedAt: null, detailsUrl: null },
      startedAt: toTime(call.context.state.now()),
      output: { title: null, summary: null, text: null },
      annotations: [],
    };
    change(call, check);
    repository.checks.push(check);
    return { status: 201, json: checkView(call.context, repository, check) };
  },
  "checks/update": (call) => {
    const check = byId(call.repository().checks, call.params.check_run_id);
    change(call, check);
    return { status: 200, json: checkView(call.context, call.repository(), check) };
  },
  "checks/get": (call) => {
    const check = byId(call.repository().checks, call.params.check_run_id);
    return { status: 200, json: checkView(call.context, call.repository(), check) };
  },
  "checks/list-annotations": (call) => {
    const { annotations } = byId(call.repository().checks, call.params.check_run_id);
    const none = { start_column: null, end_column: null, title: null, raw_details: null, blob_href: "" };
    return { status: 200, list: { items: annotations.map((each) => ({ ...none, ...each })) } };
  },
  "checks/list-for-ref": (call) => {
    const { query } = call;
    const { sha } = commitOf(call, call.params.ref ?? "");
    const [name, status, app] = ["check_name", "status", "app_id"].map((key) => query.get(key));
    const found = call
      .repository()
      .checks.filter((check) => check.headSha === sha && (name === null || check.name === name))
      .filter((check) => status === null || check.status === status)
      .filter(() => app === null || app === String(call.context.app.id))
      .reverse();
    const isLatest = (query.get("filter") ?? "latest") === "latest";
    const kept = isLatest
      ? found.filter((check, at) => found.findIndex(({ name }) => name === check.name) === at)
      : found;
    const items = kept.map((check) => checkView(call.context, call.repository(), check));
    const wrap = (page: readonly JsonObject[], total: number) => ({ total_count: total, check_runs: page });
    return { status: 200, list: { items, wrap: wrap as never } };
  },
};

/** A body of create or update on a check. Annotations are added to those that are there. */
function change(call: Call, check: CheckState): void {
  const { body } = call;
  const output = body.output as JsonObject | undefined;
  const annotations = (output?.annotations ?? []) as unknown as AnnotationState[];
  for (const { start_line, end_line, message, title } of annotations) {
    if (start_line < 1 || end_line < start_line)
      throw invalid("annotations: end_line must be at or after start_line");
    textOf(message, "annotations: message", 65_535);
    textOf(title, "annotations: title", 255);
  }
  if (body.status === "completed" && body.conclusion === undefined)
    throw invalid("conclusion is required when the status is completed");
  if (output !== undefined)
    check.output = {
      title: String(output.title ?? check.output.title ?? ""),
      summary: textOf(output.summary, "summary", 65_535),
      text: output.text === undefined ? check.output.text : textOf(output.text, "text", 65_535),
    };
  check.annotations.push(...annotations);
  if (typeof body.name === "string") check.name = body.name;
  if (typeof body.external_id === "string") check.externalId = body.external_id;
  if (typeof body.details_url === "string") check.detailsUrl = body.details_url;
  if (typeof body.started_at === "string") check.startedAt = body.started_at;
  if (typeof body.status === "string") check.status = body.status;
  if (check.status !== "completed" && body.conclusion === undefined) {
    // A check that goes on again has no verdict any more.
    check.conclusion = null;
    check.completedAt = null;
  }
  if (typeof body.conclusion === "string") {
    check.status = "completed";
    check.conclusion = body.conclusion;
    check.completedAt = String(body.completed_at ?? toTime(call.context.state.now()));
  }
}
