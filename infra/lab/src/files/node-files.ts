import { stringify } from "yaml";
import type { ClusterPlan } from "../state/cluster-plan.ts";
import type { ClusterPaths } from "../state/lab-paths.ts";

/** How long the controller manager waits for a node's sign of life before it calls the node lost. */
export const nodeMonitorGraceSeconds = 16;

export const kubeletHealthPort = 10248;
export const networkPolicyHealthPort = 10299;

/**
 * Configuration of the kubelet. `podLogsDir` is the cluster's own: two kubelets that share one delete each other's
 * logs. Image collection is off because this containerd does not pin the pause image.
 */
export function writeKubeletConfig(plan: ClusterPlan, paths: ClusterPaths): string {
  return stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    containerRuntimeEndpoint: `unix://${paths.containerdSocket}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${plan.cgroup}`,
    podLogsDir: paths.file("pods"),
    volumePluginDir: paths.file("volume-plugins"),
    failCgroupV1: false,
    failSwapOn: false,
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      "nodefs.available": "0%",
      "nodefs.inodesFree": "0%",
      "imagefs.available": "0%",
      "memory.available": "100Mi",
    },
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: paths.pki("ca.crt") },
    },
    authorization: { mode: "Webhook" },
    clusterDomain: "cluster.local",
    clusterDNS: [plan.address],
    // The machine's resolver cannot be reached from the cluster's network.
    resolvConf: paths.file("resolv.conf"),
    tlsCertFile: paths.pki("node.crt"),
    tlsPrivateKeyFile: paths.pki("node.key"),
    maxPods: 200,
    // Asked by the lab: the node's status in the API stays "ready" for a while after the kubelet has ended.
    healthzBindAddress: plan.address,
    healthzPort: kubeletHealthPort,
    // A lease must be renewed several times within the grace period of the controller manager.
    nodeLeaseDurationSeconds: nodeMonitorGraceSeconds,
    nodeStatusUpdateFrequency: "4s",
    protectKernelDefaults: false,
    registerWithTaints: [],
  });
}

/** Configuration of kube-proxy. `conntrack` is all zero so that it leaves the machine's sysctls alone. */
export function writeKubeProxyConfig(plan: ClusterPlan, paths: ClusterPaths): string {
  return stringify({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig: paths.file("proxy.conf") },
    hostnameOverride: plan.name,
    mode: "nftables",
    healthzBindAddress: `${plan.address}:10256`,
    metricsBindAddress: "127.0.0.1:10249",
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
  });
}

/** Cluster DNS on the node's address. It knows the cluster's names only. */
export function writeCorefile(plan: ClusterPlan, paths: ClusterPaths): string {
  return `.:53 {
  bind ${plan.address}
  errors
  ready ${plan.address}:8181
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig ${paths.file("dns.conf")} seatrial-${plan.name}
    ttl 5
  }
  cache 5
}
`;
}
