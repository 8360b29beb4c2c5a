import { systemClock } from "@seatrial/contracts/time/clock.ts";
import { noRepairs } from "@seatrial/env-provisioner/blockers/repair-policy.ts";
import { removeEnvironment } from "@seatrial/env-provisioner/teardown/remove-environment.ts";
import { createKubeClient } from "@seatrial/kube-link/kube-client.ts";
import { openKubernetes } from "@seatrial/kube-link/open-kubernetes.ts";

/** A process that removes an environment and kills itself (SIGKILL) at a step. */
const [kubeconfig = "", environmentId = "", namespace = "", dieAt = ""] = process.argv.slice(2);
const access = await openKubernetes({ kubeconfig, context: null, inClusterAddress: null });
await removeEnvironment({
  kube: createKubeClient(access),
  ...{ environmentId, namespace, cluster: "east", recorded: [] },
  ...{ policy: noRepairs, clock: systemClock },
  onStep: ({ name }) => {
    if (name === dieAt) process.kill(process.pid, "SIGKILL");
  },
});
process.exit(0);
