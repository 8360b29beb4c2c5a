import type { Container, PodManifest } from "@seatrial/kube-link/kube-types.ts";
import { type NodeChoice, nodeFields } from "../pods/node-choice.ts";
import { labelValue } from "../pods/pod-labels.ts";
import { containerSecurityContext, type PodSecurityLevel, podSecurityContext } from "../pods/pod-security.ts";

/** The chart's policy selects this label: its pods may talk to each other on the allowed port and on no other. */
export const checkLabel = "seatrial.dev/check";
export const checkOfLabel = "seatrial.dev/check-of";
export const allowedPort = "47110";
export const forbiddenPort = "47111";

export type CheckPodSettings = {
  namespace: string;
  installation: string;
  helperImage: string;
  podSecurity: PodSecurityLevel;
  nodes: NodeChoice;
};

/** A short-lived pod of the helper. It carries no label of attempts: it is none, and their sweep leaves it alone. */
export function checkPod(settings: CheckPodSettings, name: string, command: string[]): PodManifest {
  const main: Container = {
    name: "main",
    image: settings.helperImage,
    imagePullPolicy: "IfNotPresent",
    command: ["/helper", ...command],
    env: [],
    resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "200m", memory: "64Mi" } },
    securityContext: containerSecurityContext(settings.podSecurity),
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: settings.namespace,
      labels: {
        "app.kubernetes.io/managed-by": "seatrial",
        "app.kubernetes.io/component": "check",
        [checkLabel]: "network-policy",
        [checkOfLabel]: labelValue(settings.installation),
      },
    },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      activeDeadlineSeconds: 180,
      terminationGracePeriodSeconds: 1,
      securityContext: podSecurityContext(settings.podSecurity),
      // Where tests run, policies must hold.
      ...nodeFields(settings.nodes),
      containers: [main],
    },
  };
}
