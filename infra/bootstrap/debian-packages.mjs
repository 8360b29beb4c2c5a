import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { run, runStep, say } from "./step.mjs";

/** What the lab's clusters on this machine are made of, and what the third-party suite needs. */
export const labPackages = [
  "containerd",
  "runc",
  "containernetworking-plugins",
  "iptables",
  "nftables",
  "conntrack",
  "iproute2",
  "busybox-static",
  "docker-registry",
  "redis-tools",
  "python3",
  "python3-pip",
];
/**
 * The database suite runs on a real server too, the helper's own tests on a real pytest, and an agent at a wrong time
 * of day.
 */
export const testPackages = ["postgresql", "python3-pytest", "libfaketime"];
/** `npm run faults` puts processes at a wrong time of day. */
export const faultPackages = ["libfaketime"];

const clusterSettings = "/etc/postgresql-common/createcluster.conf";
const aptEnvironment = {
  ...process.env,
  DEBIAN_FRONTEND: "noninteractive",
  UCF_FORCE_CONFFOLD: "1",
  LC_ALL: "C.UTF-8",
};

/** Can this user install Debian packages here? */
export function canInstall() {
  return process.getuid?.() === 0 && existsSync("/etc/debian_version") && existsSync("/usr/bin/apt-get");
}

/** Those of the packages that are not completely installed. */
export async function missingPackages(names) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the format of dpkg-query looks like this.
  const format = ["-W", "-f", "${Package} ${db:Status-Status}\n"];
  const { output } = await run("dpkg-query", [...format, ...names], { output: "quiet" });
  const installed = new Set(
    output
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return names.filter((name) => !installed.has(name));
}

/** Installs what is missing and says which and why. An interrupted installation is completed first. */
export async function ensureDebianPackages(names, why) {
  const missing = await missingPackages(names);
  if (missing.length === 0) return;
  say(`Debian packages ${missing.join(" ")} are missing and get installed: ${why}`);
  if (missing.includes("postgresql")) keepServerStopped();
  const options = { env: aptEnvironment };
  await runStep("dpkg --configure -a", "dpkg", ["--configure", "-a", "--force-confold"], options);
  await runStep("apt-get update", "apt-get", ["update", "-q"], options);
  const flags = [
    "-y",
    "-q",
    "--no-install-recommends",
    "-o",
    "DPkg::Lock::Timeout=300",
    "-o",
    "Dpkg::Options::=--force-confold",
  ];
  await runStep(
    `apt-get install ${missing.join(" ")}`,
    "apt-get",
    ["install", ...flags, ...missing],
    options,
  );
}

/** Debian starts a database of its own on installation unless told before; the tests start theirs. */
function keepServerStopped() {
  if (existsSync(clusterSettings)) return;
  mkdirSync("/etc/postgresql-common", { recursive: true });
  writeFileSync(clusterSettings, "create_main_cluster = false\n");
}
