import { access, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { tryCommand } from "../base/run-command.ts";
import { findMarkedProcesses } from "../process/find-processes.ts";
import { identify } from "../process/identity.ts";

/** Sorted lists, so that two inventories can be compared as they are. */
export type LabInventory = {
  readonly folders: readonly string[];
  readonly processes: readonly string[];
  readonly links: readonly string[];
  readonly nameSpaces: readonly string[];
  readonly mounts: readonly string[];
  readonly cgroups: readonly string[];
  readonly firewallRules: readonly string[];
  readonly sysctls: readonly string[];
};

/** Where the lab, or a component that it starts, may leave something. Most are never touched: this shows it. */
const watchedFolders = [
  "/etc/cni",
  "/etc/kubernetes",
  "/run/containerd",
  "/run/netns",
  "/run/flannel",
  "/usr/libexec/kubernetes",
  "/var/lib/cni",
  "/var/lib/containerd",
  "/var/lib/kubelet",
  "/var/lib/docker-registry",
  "/var/log/containers",
  "/var/log/pods",
];

const watchedPrograms: ReadonlySet<string> = new Set(
  ["etcd", "containerd", "containerd-shim", "kube-apiserver", "kube-controller", "kube-scheduler", "kubelet"]
    .concat(["kube-proxy", "coredns", "docker-registry", "runc", "unshare", "nsenter"])
    // The kernel keeps the first 15 characters of a program's name.
    .map((name) => name.slice(0, 15)),
);

const watchedSysctls = [
  "kernel/keys/root_maxbytes",
  "kernel/keys/root_maxkeys",
  "kernel/panic",
  "kernel/panic_on_oops",
  "net/bridge/bridge-nf-call-iptables",
  "net/ipv4/conf/all/forwarding",
  "net/ipv4/conf/all/route_localnet",
  "net/ipv4/conf/all/rp_filter",
  "net/ipv4/ip_forward",
  "net/ipv6/conf/all/forwarding",
  "net/netfilter/nf_conntrack_max",
  "vm/overcommit_memory",
  "vm/panic_on_oom",
];

/** Lists everything on this machine that the native driver can touch. Equal before `up` and after `down`. */
export async function takeInventory(rootFolder: string): Promise<LabInventory> {
  const [folders, processes, links, nameSpaces, mounts, cgroups, firewallRules, sysctls] = await Promise.all([
    listFolders([rootFolder, ...watchedFolders]),
    listProcesses(),
    listLinks(),
    listNameSpaces(),
    listMounts(),
    listCgroups(),
    listFirewallRules(),
    listSysctls(),
  ]);
  return { folders, processes, links, nameSpaces, mounts, cgroups, firewallRules, sysctls };
}

/** A listed folder with what lies directly in it, so that a file left in one that was there is seen. */
async function listFolders(folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    if (!(await exists(folder))) continue;
    const names = await readdir(folder).catch(() => []);
    found.push(folder, ...names.map((name) => join(folder, name)));
  }
  return found.sort();
}

async function listProcesses(): Promise<string[]> {
  const marked = new Set((await findMarkedProcesses()).map(({ pid }) => String(pid)));
  const found: string[] = [];
  for (const pid of await listPids()) {
    const name = (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).trim();
    if (!marked.has(pid) && !watchedPrograms.has(name)) continue;
    // One that has ended and only waits for its parent to notice holds nothing any more.
    if (await identify(Number(pid))) found.push(`${pid} ${name}`);
  }
  return found.sort();
}

async function listLinks(): Promise<string[]> {
  const { stdout } = await tryCommand("ip", ["-json", "link", "show"]);
  const links = stdout.trim() === "" ? [] : (JSON.parse(stdout) as { ifname: string }[]);
  return links.map(({ ifname }) => ifname).sort();
}

/** Network, mount and pid name spaces that some process is in. */
async function listNameSpaces(): Promise<string[]> {
  const found = new Set<string>();
  for (const pid of await listPids()) {
    for (const kind of ["net", "mnt", "pid"]) {
      const name = await readlink(`/proc/${pid}/ns/${kind}`).catch(() => undefined);
      if (name) found.add(name);
    }
  }
  return [...found].sort();
}

/** Every mount with how it propagates: the lab must not even change that. */
async function listMounts(): Promise<string[]> {
  const lines = (await readFile("/proc/self/mountinfo", "utf8").catch(() => "")).trim().split("\n");
  return lines.map((line) => line.split(" ").slice(3).join(" ")).sort();
}

async function listCgroups(): Promise<string[]> {
  const found: string[] = [];
  const root = "/sys/fs/cgroup";
  for (const hierarchy of await listSubfolders(root)) {
    found.push(hierarchy, ...(await listSubfolders(hierarchy)));
  }
  return found.sort();
}

async function listSubfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

async function listFirewallRules(): Promise<string[]> {
  const { stdout } = await tryCommand("nft", ["list", "ruleset"]);
  const legacy = await readFile("/proc/net/ip_tables_names", "utf8").catch(() => "");
  return [...stdout.split("\n"), ...legacy.split("\n")].filter((line) => line.trim() !== "");
}

async function listSysctls(): Promise<string[]> {
  const lines = watchedSysctls.map(async (name) => {
    const value = await readFile(`/proc/sys/${name}`, "utf8").catch(() => "(absent)");
    return `${name}=${value.trim()}`;
  });
  return Promise.all(lines);
}

async function listPids(): Promise<string[]> {
  return (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
