import { join } from "node:path";

export type ClusterPaths = {
  readonly folder: string;
  readonly kubeconfig: string;
  readonly containerdSocket: string;
  readonly holderPidFile: string;
  readonly pki: (file: string) => string;
  readonly file: (name: string) => string;
  readonly log: (component: string) => string;
  readonly pidFile: (component: string) => string;
};

/** Where the files of one cluster lie. */
export function clusterPaths(rootFolder: string, cluster: string): ClusterPaths {
  const folder = join(rootFolder, cluster);
  return {
    folder,
    kubeconfig: join(folder, "admin.conf"),
    containerdSocket: join(folder, "containerd.sock"),
    holderPidFile: join(folder, "pids", "holder.json"),
    pki: (file) => join(folder, "pki", file),
    file: (name) => join(folder, name),
    log: (component) => join(folder, "log", `${component}.log`),
    pidFile: (component) => join(folder, "pids", `${component}.json`),
  };
}
