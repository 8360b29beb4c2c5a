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
  /** With an image of the provisioner the cluster makes environments too. */
  images: { agent: string; helper: string; provisioner: string | null };
  slots: number;
  /** More values of the chart's `provisioner`. */
  provisioner?: Record<string, unknown>;
};

/** What `seatrial cluster join --install` does, with images of this repository. Throws CliError. */
export async function installAgent(
  hub: HubClient,
  installation: AgentInstallation,
  say: (line: string) => void = () => undefined,
): Promise<void> {
  const { cluster, labels, images, slots } = installation;
  const { agent, helper, provisioner: provisionerImage } = images;
  const token = await hub.createJoinToken({ cluster, labels });
  const provisionerToken =
    provisionerImage === null ? null : await hub.createJoinToken({ cluster, labels, role: "provisioner" });
  const folder = await mkdtemp(join(tmpdir(), "seatrial-values-"));
  try {
    const file = await writeValues(join(folder, "values.yaml"), {
      hub: { url: installation.hub.url, ca: installation.hub.caPem },
      joinToken: token.secret,
      cluster: { name: cluster, labels },
      images: { agent, helper, ...(provisionerImage === null ? {} : { provisioner: provisionerImage }) },
      slots,
      ...(provisionerToken === null
        ? {}
        : {
            provisioner: { ...installation.provisioner, enabled: true, joinToken: provisionerToken.secret },
          }),
    });
    const { path: kubeconfig, context } = installation.kubeconfig;
    const place = { namespace: "seatrial", kubeconfig, context };
    await installChart(helmWords(file, { ...place, environments: provisionerImage !== null }), say);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await waitUntilReady(hub, cluster);
}
