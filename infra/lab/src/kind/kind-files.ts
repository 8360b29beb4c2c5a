import { stringify } from "yaml";
import { nodeMonitorGraceSeconds } from "../files/node-files.ts";

/** Names of what the kind driver makes, so that it is told from a user's own clusters. */
export const kindRegistryName = "seatrial-lab-registry";
/** Where the registry answers on the host, and under which name inside the kind network. */
export const kindRegistryHostAddress = "127.0.0.1:5000";
export const kindRegistryInnerAddress = `${kindRegistryName}:5000`;

export function kindClusterName(name: string): string {
  return `seatrial-${name}`;
}

/**
 * Configuration of one kind cluster: API server audit log on the host in `folder`, the node monitor's grace period,
 * and containerd told to look for registries in files (kind's own local registry recipe).
 */
export function writeKindConfig(folder: string): string {
  const policy = "/etc/kubernetes/seatrial/audit-policy.yaml";
  const logFolder = "/var/log/seatrial";
  const mount = (name: string, path: string, readOnly: boolean, pathType: string) => ({
    name,
    hostPath: path,
    mountPath: path,
    readOnly,
    pathType,
  });
  const clusterConfiguration = {
    kind: "ClusterConfiguration",
    apiServer: {
      extraArgs: {
        "audit-policy-file": policy,
        "audit-log-path": `${logFolder}/audit.jsonl`,
        "audit-log-format": "json",
      },
      extraVolumes: [
        mount("seatrial-audit-policy", policy, true, "File"),
        mount("seatrial-audit-log", logFolder, false, "DirectoryOrCreate"),
      ],
    },
    controllerManager: { extraArgs: { "node-monitor-grace-period": `${nodeMonitorGraceSeconds}s` } },
  };
  const kubeletConfiguration = {
    kind: "KubeletConfiguration",
    nodeLeaseDurationSeconds: nodeMonitorGraceSeconds,
    nodeStatusUpdateFrequency: "4s",
  };
  return stringify({
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    containerdConfigPatches: [
      '[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "/etc/containerd/certs.d"\n',
    ],
    nodes: [
      {
        role: "control-plane",
        extraMounts: [
          { hostPath: `${folder}/audit-policy.yaml`, containerPath: policy, readOnly: true },
          { hostPath: `${folder}/log`, containerPath: logFolder },
        ],
        kubeadmConfigPatches: [stringify(clusterConfiguration), stringify(kubeletConfiguration)],
      },
    ],
  });
}

/** What a node's containerd reads to find the registry under the address that pods name. */
export function writeKindRegistryHosts(): string {
  return `[host."http://${kindRegistryInnerAddress}"]\n  capabilities = ["pull", "resolve"]\n`;
}
