import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import { labKubeconfig } from "@seatrial/lab/lab-kubeconfig.ts";

const archive = fileURLToPath(new URL("../fixtures/agents/part-1/agent.mjs.gz", import.meta.url));

export type OldAgent = {
  /** Asks it to stop; resolves when it is gone. */
  stop: () => Promise<void>;
};

/**
 * The agent as it first was, as a process outside the cluster that it looks after: `name` is its cluster for the hub,
 * `lab` the real one, and its pods are in `namespace`. It joins with a token of its own. The helper in its pods is of
 * today: none of its own time is kept.
 */
export async function startOldAgent(options: {
  client: HubClient;
  hub: { url: string; caPem: string | null };
  name: string;
  lab: string;
  namespace: string;
  helperImage: string;
  folder: string;
}): Promise<OldAgent> {
  const { client, hub, name, lab, namespace, helperImage, folder } = options;
  const { secret } = await client.createJoinToken({ cluster: name, labels: { name } });
  const program = join(folder, "agent.mjs");
  await writeFile(program, gunzipSync(await readFile(archive)));
  const { path, context } = await labKubeconfig(lab);
  const child = spawn(process.execPath, [program], {
    env: {
      SEATRIAL_HUB_URL: hub.url,
      ...(hub.caPem === null ? {} : { SEATRIAL_HUB_CA_PEM: hub.caPem }),
      SEATRIAL_JOIN_TOKEN: secret,
      SEATRIAL_CLUSTER_NAME: name,
      SEATRIAL_NAMESPACE: namespace,
      SEATRIAL_HELPER_IMAGE: helperImage,
      SEATRIAL_KEY_FILE: join(folder, "key.json"),
      SEATRIAL_KUBECONFIG: path,
      SEATRIAL_KUBE_CONTEXT: context,
      SEATRIAL_SLOTS: "2",
    },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const gone = once(child, "exit");
  return {
    async stop() {
      child.kill("SIGTERM");
      await gone;
    },
  };
}
