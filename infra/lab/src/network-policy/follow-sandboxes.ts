import { watch } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { waitUntil } from "../base/wait-until.ts";

/** Where containerd keeps what it runs and host-local the addresses it gave, inside a cluster's mounts. */
const bundleFolder = "/run/containerd/io.containerd.runtime.v2.task/k8s.io";
const addressFolder = "/run/ipam/pods";

/**
 * Learns the addresses of new pods from the node itself: the API names an address only after the pod's containers
 * have started, and rules must be there before. Calls `onAddress` with the pod's uid as soon as its sandbox is made.
 */
export async function followSandboxes(
  onAddress: (uid: string, address: string) => void,
  signal: AbortSignal,
): Promise<void> {
  // As containerd would make it with its first container.
  await mkdir(bundleFolder, { recursive: true, mode: 0o711 });
  const seen = new Set<string>();
  const look = async (id: string): Promise<void> => {
    if (seen.has(id)) return;
    seen.add(id);
    const found = await readSandbox(id);
    if (found) onAddress(found.uid, found.address);
  };
  const watcher = watch(bundleFolder, { signal }, (_event, id) => {
    if (id) look(id).catch(() => undefined);
  });
  watcher.on("error", () => undefined);
  for (const id of await readdir(bundleFolder)) await look(id);
}

type Bundle = { annotations?: Record<string, string> };

/** The folder appears a moment before its files. Undefined for a container that is no sandbox. */
async function readSandbox(id: string): Promise<{ uid: string; address: string } | undefined> {
  let annotations: Record<string, string> | undefined;
  const read = async (): Promise<boolean> => {
    const text = await readFile(join(bundleFolder, id, "config.json"), "utf8").catch(() => "");
    try {
      annotations = (JSON.parse(text) as Bundle).annotations ?? {};
      return true;
    } catch {
      return false;
    }
  };
  await waitUntil(read, 2, 5);
  const uid = annotations?.["io.kubernetes.cri.sandbox-uid"];
  if (annotations?.["io.kubernetes.cri.container-type"] !== "sandbox" || uid === undefined) return undefined;
  const address = await findAddress(id);
  return address === undefined ? undefined : { uid, address };
}

/** host-local keeps a file per address with the sandbox that has it; host-network pods have none. */
async function findAddress(id: string): Promise<string | undefined> {
  for (const address of await readdir(addressFolder).catch(() => [])) {
    const owner = await readFile(join(addressFolder, address), "utf8").catch(() => "");
    if (owner.startsWith(id)) return address;
  }
  return undefined;
}
