import { LabError } from "../base/lab-error.ts";

/** The processes of one cluster, in the order in which they are started. `netpol` is the lab's own policy engine. */
export const componentNames = [
  "etcd",
  "containerd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "coredns",
  "netpol",
] as const;
export type ComponentName = (typeof componentNames)[number];

/** Throws `component_unknown` for a name that is none of the lab's. */
export function parseComponentName(name: string): ComponentName {
  const known = componentNames.find((candidate) => candidate === name);
  if (known) return known;
  throw new LabError(
    "component_unknown",
    `There is no component "${name}". Components: ${componentNames.join(", ")}.`,
  );
}
