import { writeFileSync } from "node:fs";
import { createKubeClient } from "@seatrial/kube-link/kube-client.ts";
import { openKubernetes } from "@seatrial/kube-link/open-kubernetes.ts";
import { readBuiltInFields } from "./read-built-in-fields.ts";

/*
 * For a new version of Kubernetes, by hand: `node write-built-in-fields.ts <kubeconfig>` against a cluster of it writes
 * built-in-fields.json anew.
 */
const access = await openKubernetes({
  kubeconfig: process.argv[2] ?? null,
  context: null,
  inClusterAddress: null,
});
const kube = createKubeClient(access, { userAgent: "seatrial-fields" });
const lines = JSON.stringify(await readBuiltInFields(kube), null, 1).replaceAll(/\n {3,}|\n {2}(?=\})/g, "");
writeFileSync(new URL("built-in-fields.json", import.meta.url), `${lines}\n`);
await kube.close();
