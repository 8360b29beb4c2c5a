import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readLabConfig } from "@seatrial/lab/base/config.ts";

type AuditLine = {
  verb?: string;
  objectRef?: { resource?: string; namespace?: string; name?: string; subresource?: string };
  responseStatus?: { code?: number };
};

/** Names of all pods ever made in a name space of a lab cluster, as its API server tells; a name made twice is in twice. */
export async function podsEverMade(cluster: string, namespace: string): Promise<string[]> {
  const file = join(readLabConfig().rootFolder, cluster, "log", "audit.jsonl");
  const lines = (await readFile(file, "utf8")).split("\n");
  const names: string[] = [];
  for (const line of lines) {
    // The last line may be half written.
    if (!line.endsWith("}") || !line.includes('"create"')) continue;
    const { verb, objectRef, responseStatus }: AuditLine = JSON.parse(line);
    const isPod = objectRef?.resource === "pods" && objectRef.subresource === undefined;
    if (verb !== "create" || !isPod || objectRef.namespace !== namespace) continue;
    if (responseStatus?.code === 201) names.push(objectRef.name ?? "");
  }
  return names;
}
