import { mkdir } from "node:fs/promises";
import { writeFileWhole } from "../base/write-file.ts";
import { type ClusterPlan, registryAddress } from "../state/cluster-plan.ts";
import type { ClusterPaths } from "../state/lab-paths.ts";
import { writeAuditPolicy } from "./audit-policy.ts";
import { writeCniConfig, writeContainerdConfig, writeRegistryHosts } from "./containerd-files.ts";
import { writeCorefile, writeKubeletConfig, writeKubeProxyConfig } from "./node-files.ts";

/** Writes every configuration file of a cluster but its PKI. */
export async function writeClusterFiles(plan: ClusterPlan, paths: ClusterPaths): Promise<void> {
  for (const folder of ["log", "pods", "volume-plugins"])
    await mkdir(paths.file(folder), { recursive: true });
  const files: Record<string, string> = {
    "containerd.toml": writeContainerdConfig(paths),
    [`registries/${registryAddress}/hosts.toml`]: writeRegistryHosts(),
    "cni/10-pods.conflist": writeCniConfig(plan),
    "kubelet.yaml": writeKubeletConfig(plan, paths),
    "proxy.yaml": writeKubeProxyConfig(plan, paths),
    Corefile: writeCorefile(plan, paths),
    "audit-policy.yaml": writeAuditPolicy(),
    "resolv.conf": `nameserver ${plan.address}\n`,
  };
  for (const [name, content] of Object.entries(files)) await writeFileWhole(paths.file(name), content, 0o644);
}
