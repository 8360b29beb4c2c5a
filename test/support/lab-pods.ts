import { tryCommand } from "@seatrial/lab/base/run-command.ts";
import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import { labKubeconfig } from "@seatrial/lab/lab-kubeconfig.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";

export type Kubectl = {
  /** Runs kubectl against the cluster; throws with its complaint for another exit code than 0. */
  readonly run: (programArguments: readonly string[], input?: string) => Promise<string>;
  /** Makes objects from JSON. */
  readonly apply: (...objects: readonly object[]) => Promise<void>;
  /** Waits until a pod has ended and returns its phase and what it printed. */
  readonly finish: (
    namespace: string,
    pod: string,
    deadlineSeconds?: number,
  ) => Promise<{ phase: string; log: string }>;
};

/** kubectl as the administrator of one of the lab's clusters. */
export async function createKubectl(cluster: string): Promise<Kubectl> {
  const [{ path }, kubeconfig] = await Promise.all([findTool("kubectl"), labKubeconfig(cluster)]);
  const base = ["--kubeconfig", kubeconfig.path, "--context", kubeconfig.context];
  const run: Kubectl["run"] = async (programArguments, input = "") => {
    const result = await tryCommand(path, [...base, ...programArguments], { input });
    if (result.exitCode === 0) return result.stdout;
    throw new Error(`kubectl ${programArguments.join(" ")} in ${cluster}: ${result.stderr}`);
  };
  return {
    run,
    apply: async (...objects) => {
      await run(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
    },
    finish: async (namespace, pod, deadlineSeconds = 60) => {
      let phase = "";
      await waitUntil(
        async () => {
          phase = await run(["-n", namespace, "get", "pod", pod, "-o", "jsonpath={.status.phase}"]);
          return phase === "Succeeded" || phase === "Failed";
        },
        deadlineSeconds,
        250,
      );
      return { phase, log: await run(["-n", namespace, "logs", pod]) };
    },
  };
}

/** A name space in which the restricted pod security profile is enforced. */
export function restrictedNamespace(name: string): object {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

/** A pod of one container that the restricted profile admits. */
export function restrictedPod(
  namespace: string,
  name: string,
  image: string,
  command: readonly string[],
): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "main",
          image,
          command,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
}
