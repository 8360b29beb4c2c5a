import { access, chmod, rm, writeFile } from "node:fs/promises";
import { LabError } from "../base/lab-error.ts";
import { type Report, withProgress } from "../base/report.ts";
import { runCommand, tryCommand } from "../base/run-command.ts";

/** A file of each Debian package that the native driver needs: when it is there, so is the package. */
const packageFiles: Readonly<Record<string, readonly string[]>> = {
  containerd: ["/usr/bin/containerd", "/usr/bin/ctr"],
  runc: ["/usr/sbin/runc", "/usr/bin/runc"],
  "containernetworking-plugins": ["/usr/lib/cni/ptp"],
  iptables: ["/usr/sbin/iptables"],
  nftables: ["/usr/sbin/nft"],
  conntrack: ["/usr/sbin/conntrack"],
  iproute2: ["/usr/sbin/ip", "/sbin/ip"],
  "busybox-static": ["/bin/busybox", "/usr/bin/busybox"],
  "docker-registry": ["/usr/bin/docker-registry"],
  "redis-tools": ["/usr/bin/redis-check-rdb"],
  python3: ["/usr/bin/python3"],
};

/** Debian packages whose programs are not there. */
export async function findMissingPackages(): Promise<string[]> {
  const missing: string[] = [];
  for (const [name, files] of Object.entries(packageFiles)) {
    const found = await Promise.all(files.map(exists));
    if (!found.includes(true)) missing.push(name);
  }
  return missing;
}

/** Installs what the native driver lacks, and says so. Throws `package_missing` where there is no apt-get. */
export async function ensurePackages(report: Report): Promise<void> {
  const missing = await findMissingPackages();
  if (missing.length === 0) return;
  if (!(await exists("/usr/bin/apt-get"))) {
    throw new LabError(
      "package_missing",
      `The lab needs ${missing.join(", ")}, and this machine has no apt-get. Install them, then repeat.`,
    );
  }
  report(`Installing Debian packages: ${missing.join(" ")}`);
  await withProgress(report, "Installing Debian packages", () => withoutServices(() => install(missing)));
}

async function install(packages: readonly string[]): Promise<void> {
  const environment = { ...baseEnvironment, DEBIAN_FRONTEND: "noninteractive" };
  const options = { environment, timeoutSeconds: 600 };
  const command = ["install", "--yes", "--no-install-recommends", ...packages];
  const first = await tryCommand("apt-get", command, options);
  if (first.exitCode === 0) return;
  await runCommand("apt-get", ["update"], options);
  await runCommand("apt-get", command, options);
}

const baseEnvironment = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
};

const policyFile = "/usr/sbin/policy-rc.d";

/** Debian starts a package's service when it is installed: the lab wants the programs only (Debian policy 9.3.3). */
async function withoutServices(work: () => Promise<void>): Promise<void> {
  if (await exists(policyFile)) return work();
  await writeFile(policyFile, "#!/bin/sh\nexit 101\n");
  await chmod(policyFile, 0o755);
  try {
    await work();
  } finally {
    await rm(policyFile, { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
