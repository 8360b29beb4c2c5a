import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { labKubeconfig } from "@seatrial/lab/lab-kubeconfig.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";

const run = promisify(execFile);

type Listed = { items: { kind: string; metadata: { name: string; namespace?: string } }[] };

/**
 * Everything of environments that is still in a cluster, found by `kubectl` alone: namespaces by their name, objects
 * of every type that can be listed by their label or by lying in such a namespace, and the Leases of operations.
 */
export async function findLeaks(cluster: string, namespaces: readonly string[]): Promise<string[]> {
  const { path, context } = await labKubeconfig(cluster);
  const { path: kubectl } = await findTool("kubectl");
  const call = async (...args: string[]) => {
    const all = ["--kubeconfig", path, "--context", context, ...args];
    return (await run(kubectl, all, { maxBuffer: 64 * 1_048_576 })).stdout;
  };
  const list = async (...args: string[]) =>
    (JSON.parse(await call("get", ...args, "-o", "json")) as Listed).items;
  const types = (await call("api-resources", "--verbs=list", "-o", "name")).trim().split("\n");
  const mine = new Set(namespaces);
  const found: string[] = [];
  const kept = types.filter((name) => !name.startsWith("events"));
  for (const { kind, metadata } of await list(kept.join(","), "-A", "-l", "seatrial.dev/environment"))
    found.push(`${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
  for (const { metadata } of await list("namespaces"))
    if (mine.has(metadata.name)) found.push(`Namespace ${metadata.name}`);
  for (const { metadata } of await list("leases", "-A"))
    if (metadata.name.startsWith("seatrial-e-")) found.push(`Lease ${metadata.namespace}/${metadata.name}`);
  return [...new Set(found)];
}
