import type { Logger } from "@seatrial/contracts/logger.ts";
import { createFileKeyStore } from "@seatrial/hub-link/key/file-key-store.ts";
import { createHubLink } from "@seatrial/hub-link/link/create-hub-link.ts";
import { joinHub } from "@seatrial/hub-link/link/join-hub.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { createSecretKeyStore } from "@seatrial/kube-link/secret-key-store.ts";
import type { AgentConfig } from "./config.ts";

/** Joins the hub, or goes on with the key kept from before. Rejects when the hub refuses to let it in. */
export async function joinAsAgent(config: AgentConfig, kube: KubeClient, logger: Logger) {
  const { secret, secretNamespace, file } = config.key;
  const store = secret ? createSecretKeyStore(kube, secretNamespace, secret) : createFileKeyStore(file ?? "");
  const { gitVersion } = await kube.get<{ gitVersion: string }>("/version");
  return joinHub(
    {
      store,
      hubUrl: config.hub.url,
      connect: (key) => createHubLink({ hubUrl: config.hub.url, caPem: config.hub.caPem, key, logger }),
    },
    {
      token: config.hub.joinToken,
      role: "agent",
      cluster: config.cluster.name,
      labels: config.cluster.labels,
      version: config.version,
      kubernetesVersion: gitVersion,
    },
  );
}
