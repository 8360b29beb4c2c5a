import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { readLabConfig } from "@seatrial/lab/base/config.ts";

type AuditLine = {
  verb?: string;
  userAgent?: string;
  requestReceivedTimestamp?: string;
  objectRef?: { namespace?: string; name?: string; resource?: string };
  responseStatus?: { code?: number };
  requestURI?: string;
};

export type Write = { at: string; writer: string; what: string };

const writing = new Set(["create", "update", "patch", "delete", "deletecollection"]);

/**
 * All writes of runners by namespace, in time, as the API server's audit log tells. Dry runs write nothing, and a
 * refused request neither.
 */
export async function readWrites(cluster: string): Promise<Map<string, Write[]>> {
  const file = join(readLabConfig().rootFolder, cluster, "log", "audit.jsonl");
  const writes = new Map<string, Write[]>();
  for await (const text of createInterface({ input: createReadStream(file) })) {
    if (!text.includes("seatrial-runner/") || !text.endsWith("}")) continue;
    const line = JSON.parse(text) as AuditLine;
    const namespace = namespaceOf(line);
    if (!writing.has(line.verb ?? "") || namespace === null) continue;
    if ((line.responseStatus?.code ?? 500) >= 300 || line.requestURI?.includes("dryRun=")) continue;
    const write = {
      at: line.requestReceivedTimestamp ?? "",
      writer: /seatrial-runner\/(\S+)/.exec(line.userAgent ?? "")?.[1] ?? "",
      what: `${line.verb} ${line.objectRef?.resource}/${line.objectRef?.name ?? ""}`,
    };
    writes.set(namespace, [...(writes.get(namespace) ?? []), write]);
  }
  for (const list of writes.values()) list.sort((one, other) => one.at.localeCompare(other.at));
  return writes;
}

function namespaceOf({ objectRef }: AuditLine): string | null {
  if (objectRef?.resource === "leases") return null;
  if (objectRef?.resource === "namespaces") return objectRef.name ?? null;
  return objectRef?.namespace ?? null;
}

/** Where two writers took turns: after another one wrote, an earlier one wrote again. None may be. */
export function findInterleaved(writes: readonly Write[]): string[] {
  const over = new Set<string>();
  const found: string[] = [];
  let current = "";
  for (const { at, writer, what } of writes) {
    if (writer === current) continue;
    if (over.has(writer)) found.push(`${at} ${writer} wrote ${what} after ${current} had written`);
    if (current !== "") over.add(current);
    current = writer;
  }
  return found;
}
