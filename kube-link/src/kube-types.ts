/** The parts of Kubernetes objects that the agent reads or writes. Times are RFC 3339 text, as on the wire. */
export type ObjectMeta = {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string }[];
};

export type ContainerStatus = {
  name: string;
  restartCount?: number;
  /** How the container before this one ended. */
  lastState?: { terminated?: TerminatedState };
  state?: {
    waiting?: { reason?: string; message?: string };
    running?: { startedAt?: string };
    terminated?: TerminatedState;
  };
};
export type TerminatedState = {
  exitCode: number;
  signal?: number;
  reason?: string;
  message?: string;
  startedAt?: string | null;
  finishedAt?: string | null;
};

export type PodCondition = {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string | null;
};

export type PodStatus = {
  phase?: string;
  reason?: string;
  message?: string;
  startTime?: string;
  podIP?: string;
  conditions?: PodCondition[];
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
};

export type Container = {
  name: string;
  image: string;
  imagePullPolicy: "IfNotPresent";
  command?: string[];
  args?: string[];
  workingDir?: string;
  restartPolicy?: "Always";
  env: { name: string; value: string }[];
  resources: { requests: Record<string, string>; limits: Record<string, string> };
  securityContext: Record<string, unknown>;
  volumeMounts?: { name: string; mountPath: string }[];
};

export type Toleration = {
  key?: string | undefined;
  operator?: "Exists" | "Equal" | undefined;
  value?: string | undefined;
  effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute" | undefined;
  tolerationSeconds?: number | undefined;
};

export type PodSpec = {
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
  restartPolicy: "Never";
  automountServiceAccountToken: false;
  enableServiceLinks: false;
  activeDeadlineSeconds: number;
  terminationGracePeriodSeconds: number;
  securityContext: Record<string, unknown>;
  initContainers?: Container[];
  containers: Container[];
  volumes?: Record<string, unknown>[];
};

export type Pod = { metadata: ObjectMeta; spec: PodSpec; status?: PodStatus };
/** What is sent to make a pod. */
export type PodManifest = { apiVersion: "v1"; kind: "Pod"; metadata: ObjectMeta; spec: PodSpec };
export type PodList = { metadata: { resourceVersion: string; continue?: string }; items: Pod[] };
export type WatchEvent = { type: string; object: Pod & { code?: number; message?: string } };
export type KubeEvent = {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  lastTimestamp?: string | null;
  eventTime?: string | null;
};
export type NodeTaint = { key: string; value?: string; effect: string };
export type Node = {
  metadata: ObjectMeta;
  spec?: { unschedulable?: boolean; taints?: NodeTaint[] };
  status?: {
    conditions?: PodCondition[];
    allocatable?: Record<string, string>;
    addresses?: { type: string; address: string }[];
  };
};
