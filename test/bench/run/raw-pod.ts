import type { KubeClient } from "@seatrial/cluster-agent/kubernetes/kube-client.ts";
import type { PodMoments } from "./pod-moments.ts";

/** The same pod as Seatrial would make for a plain command, created by one API call: request → container started. */
export async function measureRawPod(
  kube: KubeClient,
  moments: PodMoments,
  pod: { namespace: string; name: string; image: string; command: string[] },
): Promise<number> {
  const begin = Date.now();
  await kube.post(`/api/v1/namespaces/${pod.namespace}/pods`, rawPod(pod));
  const started = await moments.seen("started", (seen) => seen.metadata.name === pod.name);
  await moments.seen("ended", (seen) => seen.metadata.name === pod.name);
  await kube.remove(`/api/v1/namespaces/${pod.namespace}/pods/${pod.name}`, { gracePeriodSeconds: 0 });
  return started - begin;
}

function rawPod(pod: { name: string; image: string; command: string[] }) {
  const resources = { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "50m", memory: "64Mi" } };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: pod.name },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      activeDeadlineSeconds: 300,
      terminationGracePeriodSeconds: 5,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "main",
          image: pod.image,
          imagePullPolicy: "IfNotPresent",
          command: pod.command,
          resources,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
}
