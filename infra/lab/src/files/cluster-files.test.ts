import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { componentArguments } from "../native/component-arguments.ts";
import { componentNames } from "../native/component-names.ts";
import { clusterNames, planCluster } from "../state/cluster-plan.ts";
import { clusterPaths } from "../state/lab-paths.ts";
import { writeClusterFiles } from "./write-cluster-files.ts";

async function writeFor(name: string): Promise<(file: string) => Promise<string>> {
  const root = await mkdtemp(join(tmpdir(), "lab-files-"));
  const paths = clusterPaths(root, name);
  await writeClusterFiles(planCluster(name), paths);
  return async (file) => (await readFile(paths.file(file), "utf8")).replaceAll(root, "/lab");
}

describe("the files of a cluster", () => {
  test("keep pod logs in the cluster's own folder, for kubelets that share one delete each other's", async () => {
    const read = await writeFor("west");
    const kubelet = parse(await read("kubelet.yaml"));
    expect(kubelet.podLogsDir).toBe("/lab/west/pods");
    expect(kubelet).toMatchObject({
      cgroupRoot: "/st-west",
      cgroupDriver: "cgroupfs",
      failCgroupV1: false,
      clusterDNS: ["10.88.0.12"],
      containerRuntimeEndpoint: "unix:///lab/west/containerd.sock",
      imageGCHighThresholdPercent: 100,
    });
  });

  test("let a node renew its lease several times within the controller manager's patience", async () => {
    const read = await writeFor("east");
    const kubelet = parse(await read("kubelet.yaml"));
    const paths = clusterPaths("/lab", "east");
    const words = componentArguments("kube-controller-manager", planCluster("east"), paths);
    expect(words).toContain("--node-monitor-grace-period=16s");
    // The kubelet renews after a quarter of the lease's duration.
    expect(kubelet.nodeLeaseDurationSeconds / 4).toBeLessThanOrEqual(16 / 4);
  });

  test("tell containerd to leave scores alone, to take the lab's pause image and to pull by plain HTTP", async () => {
    const read = await writeFor("east");
    const containerd = await read("containerd.toml");
    expect(containerd).toContain("restrict_oom_score_adj = true");
    expect(containerd).toContain('sandbox_image = "10.88.0.1:5000/seatrial/pause:1"');
    expect(containerd).toContain('address = "/lab/east/containerd.sock"');
    expect(await read("registries/10.88.0.1:5000/hosts.toml")).toContain("http://10.88.0.1:5000");
  });

  test("make kube-proxy use nftables and leave the machine's connection tracking alone", async () => {
    const proxy = parse(await (await writeFor("east"))("proxy.yaml"));
    expect(proxy.mode).toBe("nftables");
    expect(proxy.conntrack).toEqual({
      maxPerCore: 0,
      min: 0,
      tcpEstablishedTimeout: "0s",
      tcpCloseWaitTimeout: "0s",
    });
  });

  test("log one line for each finished request of the API server, without bodies", async () => {
    const policy = parse(await (await writeFor("east"))("audit-policy.yaml"));
    expect(policy).toMatchObject({ omitStages: ["RequestReceived"], rules: [{ level: "Metadata" }] });
    const words = componentArguments("kube-apiserver", planCluster("east"), clusterPaths("/lab", "east"));
    expect(words).toContain("--audit-log-format=json");
    expect(words).toContain("--audit-log-path=/lab/east/log/audit.jsonl");
  });
});

describe("the plan of the clusters", () => {
  test("gives no two clusters the same address, range, link or cgroup", () => {
    const plans = clusterNames.map(planCluster);
    for (const key of ["address", "hardwareAddress", "serviceRange", "podRange", "link", "cgroup"] as const) {
      expect(new Set(plans.map((plan) => plan[key])).size).toBe(clusterNames.length);
    }
  });

  test("keeps link names and socket paths as short as the kernel wants them", () => {
    for (const name of clusterNames) {
      expect(planCluster(name).link.length).toBeLessThanOrEqual(15);
      expect(clusterPaths("/var/lib/seatrial-lab", name).containerdSocket.length).toBeLessThan(90);
    }
  });

  test("names the clusters that there are when asked for another", () => {
    expect(() => planCluster("mars")).toThrow(/no cluster "mars".*east, west, north, south/);
  });

  test("has no component that writes outside of the cluster's folder by an argument", () => {
    const paths = clusterPaths("/lab", "east");
    for (const name of componentNames) {
      for (const word of componentArguments(name, planCluster("east"), paths)) {
        const path = /^(?:--?[\w-]+=)?(\/.*)$/.exec(word)?.[1];
        const isOwnProgram = name === "netpol" && path?.endsWith("/network-policy/main.ts");
        if (path && !isOwnProgram) expect(path, `${name} ${word}`).toMatch(/^\/lab\/east\//);
      }
    }
  });
});
