import type { LeaseGrant, ShardWork } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { Container, PodManifest, PodSpec } from "@seatrial/kube-link/kube-types.ts";
import { helperContainers, needsHelper, sharedMount, sharedVolume } from "./helper-layout.ts";
import { type NodeChoice, nodeFields } from "./node-choice.ts";
import { collectSeconds, literal, mainEnv, sharedFolder, withShard } from "./pod-env.ts";
import { podAnnotations, podLabels, podNameOf } from "./pod-labels.ts";
import { containerSecurityContext, type PodSecurityLevel, podSecurityContext } from "./pod-security.ts";

export const mainContainer = "main";

/** For pulling images and preparing the content: the suite's timeout counts from the start of its command. */
export const preparationSeconds = 900;

export type PodSettings = {
  namespace: string;
  /** Which agent's pods these are; two agents may share a namespace. */
  installation: string;
  helperImage: string;
  podSecurity: PodSecurityLevel;
  nodes: NodeChoice;
  /** What the helper talks to. */
  hubUrl: string;
  hubCaPem: string | null;
};

/**
 * The pod of one attempt: one container when the suite is only a command, else with the helper before and beside it.
 * Everything in `grant.work` is untrusted: it ends up as a value, never as a part of the pod's shape.
 */
export function buildPod(grant: LeaseGrant, settings: PodSettings): PodManifest {
  const { work } = grant;
  const helper = needsHelper(work);
  const spec: PodSpec = {
    restartPolicy: "Never",
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    activeDeadlineSeconds: preparationSeconds + work.timeoutSeconds,
    // With the helper: time to upload what the tests left.
    terminationGracePeriodSeconds: helper ? collectSeconds + 10 : 5,
    securityContext: podSecurityContext(settings.podSecurity),
    ...nodeFields(settings.nodes),
    ...(helper ? { initContainers: helperContainers(grant, settings), volumes: [sharedVolume] } : {}),
    containers: [buildMain(work, helper, settings)],
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: podNameOf(work.attemptId),
      namespace: settings.namespace,
      labels: podLabels(grant, settings.installation),
      annotations: podAnnotations(grant),
    },
    spec,
  };
}

function buildMain(work: ShardWork, helper: boolean, settings: PodSettings): Container {
  const command = work.command ?? [`${sharedFolder}/bin/helper`, "preset"];
  const extra = work.command === null ? [] : work.arguments;
  const suiteFolder = work.path === "" ? `${sharedFolder}/work` : `${sharedFolder}/work/${work.path}`;
  return {
    name: mainContainer,
    image: work.image,
    imagePullPolicy: "IfNotPresent",
    command: [...command, ...extra].map((word) => literal(withShard(word, work))),
    env: mainEnv(work, helper),
    resources: mainResources(work),
    securityContext: containerSecurityContext(settings.podSecurity),
    ...(helper ? { workingDir: suiteFolder, volumeMounts: [sharedMount] } : {}),
  };
}

/** What is asked for is guaranteed. Idle CPU may be used up to four times that and at least one core; memory may not. */
function mainResources(work: ShardWork): Container["resources"] {
  const memory = String(work.memoryBytes);
  return {
    requests: { cpu: `${work.cpuMillis}m`, memory },
    limits: { cpu: `${Math.max(1_000, work.cpuMillis * 4)}m`, memory },
  };
}
