import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import { helmWords, installChart, waitUntilReady } from "../clusters/install-chart.ts";
import { writeValues } from "../clusters/write-values.ts";

export type AgentInstallation = {
  cluster: string;
  labels: Record<string, string>;
  kubeconfig: { path: string; context: string };
  hub: { url: string; caPem: string };
  images: { agent: string; helper: string };
  slots: number;
};

/** What `seatrial cluster join --install` does, with images of this repository. Throws CliError. */
export async function installAgent(
  hub: HubClient,
  installation: AgentInstallation,
  say: (line: string) => void = () => undefined,
): Promise<void> {
  const { cluster, labels, images, slots } = installation;
  const token = await hub.createJoinToken({ cluster, labels });
  const folder = await mkdtemp(join(tmpdir(), "seatrial-values-"));
  try {
    const file = await writeValues(join(folder, "values.yaml"), {
      hub: { url: installation.hub.url, ca: installation.hub.caPem },
      joinToken: token.secret,
      cluster: { name: cluster, labels },
      images: { agent: images.agent, helper: images.helper },
      slots,
    });
    const { path: kubeconfig, context } = installation.kubeconfig;
    await installChart(helmWords(file, { namespace: "seatrial", kubeconfig, context }), say);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await waitUntilReady(hub, cluster);
}
