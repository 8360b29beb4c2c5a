import type { LeaseGrant, ShardWork } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { Container } from "@seatrial/kube-link/kube-types.ts";
import type { PodSettings } from "./build-pod.ts";
import { envVars, helperSpecOf, sharedFolder } from "./pod-env.ts";
import { containerSecurityContext } from "./pod-security.ts";

export const prepareContainer = "prepare";
export const collectContainer = "collect";

export const sharedMount = { name: "seatrial", mountPath: sharedFolder };
/** Bounded, so that one attempt cannot fill a node's disk. */
export const sharedVolume = { name: "seatrial", emptyDir: { sizeLimit: "6Gi" } };

/** True when files go in or come out, or when a preset is the command. */
export function needsHelper(work: ShardWork): boolean {
  return (
    work.content ||
    work.cases ||
    work.tool !== null ||
    work.command === null ||
    work.reports.junit.length > 0 ||
    work.artifacts.length > 0
  );
}

/** `prepare` runs before the tests; `collect` is a native sidecar, which Kubernetes stops after them. */
export function helperContainers(grant: LeaseGrant, settings: PodSettings): Container[] {
  const common = {
    image: settings.helperImage,
    imagePullPolicy: "IfNotPresent" as const,
    env: helperEnv(grant, settings),
    volumeMounts: [sharedMount],
    securityContext: {
      ...containerSecurityContext(settings.podSecurity),
      // It must read what the tests wrote, whoever they ran as.
      ...(settings.podSecurity === "baseline" ? { runAsUser: 0 } : {}),
    },
  };
  return [
    { ...common, name: prepareContainer, command: ["/helper", "prepare"], resources: resources("32Mi") },
    {
      ...common,
      name: collectContainer,
      command: ["/helper", "collect"],
      restartPolicy: "Always",
      resources: resources("24Mi"),
    },
  ];
}

function helperEnv(grant: LeaseGrant, settings: PodSettings) {
  return envVars({
    SEATRIAL_HUB_URL: settings.hubUrl,
    ...(settings.hubCaPem === null ? {} : { SEATRIAL_HUB_CA_PEM: settings.hubCaPem }),
    SEATRIAL_LEASE_ID: grant.leaseId,
    SEATRIAL_LEASE_TOKEN: grant.leaseToken,
    SEATRIAL_SPEC: JSON.stringify(helperSpecOf(grant.work)),
  });
}

function resources(memory: string): Container["resources"] {
  return { requests: { cpu: "10m", memory }, limits: { cpu: "1000m", memory: "192Mi" } };
}
