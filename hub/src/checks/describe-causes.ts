import type { ExitReason } from "@seatrial/contracts/runs/exit.ts";
import { newsOf } from "./news-of.ts";
import type { ShownFailure, ShownShard, ShownSuite } from "./report-world.ts";
import { code } from "./safe-markdown.ts";

/** Where to look first when Seatrial could not tell. */
type Cause = "environment" | "cluster" | "limits" | "configuration" | "cancelled";

const causes: Record<ExitReason, Cause> = {
  completed: "configuration",
  out_of_memory: "limits",
  deadline: "limits",
  image_missing: "configuration",
  bad_command: "configuration",
  content_unsafe: "configuration",
  unplaceable: "configuration",
  evicted: "cluster",
  node_lost: "cluster",
  pod_rejected: "cluster",
  pod_deleted: "cluster",
  content_unavailable: "cluster",
  collect_failed: "cluster",
  agent_error: "cluster",
  cluster_absent: "cluster",
  cluster_drained: "cluster",
  environment_lost: "environment",
  cancelled: "cancelled",
};
const mostCauses = 3;

/** Why a suite could not be told, one line for each different cause; of many the first few. Nothing that was `said`. */
export function describeCauses({ shards, reason }: ShownSuite, said = ""): string[] {
  const errored = shards.filter(({ state }) => state === "errored");
  const byText = Map.groupBy(errored, causeText);
  const lines = [...byText].map(([text, same]) => `${text} (${placeText(same)})`);
  if (lines.length === 0) return newsOf(reason, said);
  const more = lines.length - mostCauses;
  return [...lines.slice(0, mostCauses), ...(more > 0 ? [`and ${more} more`] : [])];
}

function causeText({ exit, reason }: ShownShard): string {
  const why = code(exit?.message || reason || exit?.reason || "no reason given", 500);
  return exit === null ? why : `${causes[exit.reason]}: ${why}`;
}

function placeText(shards: readonly ShownShard[]): string {
  const [first] = shards;
  if (first === undefined) return "";
  const part = first.kind === "list" ? "its listing" : `shard ${first.index + 1}/${first.count}`;
  const place = first.cluster === null ? part : `${part} on ${code(first.cluster, 63)}`;
  return shards.length === 1 ? place : `${place}, and ${shards.length - 1} more`;
}

/** Why an environment could not be brought to be: what, and in which file. */
export function describeFailure({ message, code: failureCode, file, line }: ShownFailure): string {
  const place = file === null ? "" : ` at ${code(`${file}${line === null ? "" : `:${line}`}`, 300)}`;
  return `${code(message || failureCode, 500)}${place}`;
}
