import { type ClusterPlan, registryAddress } from "../state/cluster-plan.ts";
import type { ClusterPaths } from "../state/lab-paths.ts";

export const pauseImage = `${registryAddress}/seatrial/pause:1`;

/**
 * Configuration of one cluster's containerd. `restrict_oom_score_adj`: without CAP_SYS_RESOURCE every sandbox
 * fails otherwise. The state folder is below /run, which is the cluster's own there.
 */
export function writeContainerdConfig(paths: ClusterPaths): string {
  const cri = `plugins."io.containerd.grpc.v1.cri"`;
  return `version = 2
root = "${paths.file("containerd")}"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
  address = "${paths.containerdSocket}"
[${cri}]
  restrict_oom_score_adj = true
  sandbox_image = "${pauseImage}"
  [${cri}.cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${paths.file("cni")}"
  [${cri}.registry]
    config_path = "${paths.file("registries")}"
  [${cri}.containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [${cri}.containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [${cri}.containerd.runtimes.runc.options]
        SystemdCgroup = false
`;
}

/** Tells containerd that the lab's registry speaks plain HTTP. */
export function writeRegistryHosts(): string {
  const url = `http://${registryAddress}`;
  return `server = "${url}"\n[host."${url}"]\n  capabilities = ["pull", "resolve"]\n`;
}

/** The pods' network: a veth pair for each, addresses from the cluster's own range, host ports. */
export function writeCniConfig(plan: ClusterPlan): string {
  const ipam = {
    type: "host-local",
    dataDir: "/run/ipam",
    ranges: [[{ subnet: plan.podRange }]],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  const plugins = [
    { type: "ptp", ipMasq: true, ipam },
    { type: "portmap", capabilities: { portMappings: true } },
  ];
  return `${JSON.stringify({ cniVersion: "1.0.0", name: "pods", plugins }, undefined, 2)}\n`;
}
