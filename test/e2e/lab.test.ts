import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { runCommand } from "@seatrial/lab/base/run-command.ts";
import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import { labCut, labKill, labStart, labStop } from "@seatrial/lab/lab-component.ts";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { type LabInventory, labInventory } from "@seatrial/lab/lab-inventory.ts";
import { type LoadedImage, labLoadBuiltin } from "@seatrial/lab/lab-load.ts";
import { labStatus } from "@seatrial/lab/lab-status.ts";
import { labUp } from "@seatrial/lab/lab-up.ts";
import { get } from "@seatrial/lab/native/probe.ts";
import { planCluster } from "@seatrial/lab/state/cluster-plan.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKubectl, type Kubectl, restrictedNamespace, restrictedPod } from "../support/lab-pods.ts";

const canRun = process.platform === "linux" && process.getuid?.() === 0;
const space = "lab-test";

/** Takes a lab that is up down first: there is one lab on a machine, and these tests need it from its beginning. */
describe.runIf(canRun)("a lab of one cluster", () => {
  let before: LabInventory;
  let kubectl: Kubectl;
  let busybox: LoadedImage;
  let node: LoadedImage;

  beforeAll(async () => {
    await labDown();
    before = await labInventory();
    await labUp({ clusters: 1, driver: "native" });
    kubectl = await createKubectl("east");
    busybox = await labLoadBuiltin("busybox");
    node = await labLoadBuiltin("node");
    await kubectl.apply(restrictedNamespace(space));
  });
  afterAll(() => labDown());

  const pids = async (): Promise<unknown> =>
    (await labStatus())?.clusters.map(({ name, components }) => [name, components.map(({ pid }) => pid)]);

  test("runs a pod under the restricted profile, by digest, and hands its log out", async () => {
    expect(busybox.pinnedReference).toMatch(/^10\.88\.0\.1:5000\/seatrial\/busybox@sha256:[0-9a-f]{64}$/);
    await kubectl.apply(
      restrictedPod(space, "log", busybox.pinnedReference, ["sh", "-c", "echo hello; id -u"]),
    );
    expect(await kubectl.finish(space, "log")).toEqual({ phase: "Succeeded", log: "hello\n65532\n" });
    const imageId = "jsonpath={.status.containerStatuses[0].imageID}";
    expect(await kubectl.run(["-n", space, "get", "pod", "log", "-o", imageId])).toBe(
      busybox.pinnedReference,
    );
  });

  test("refuses a pod that the restricted profile does not admit", async () => {
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "root", namespace: space } };
    const spec = { containers: [{ name: "main", image: busybox.reference }] };
    await expect(kubectl.apply({ ...pod, spec })).rejects.toThrow(/violates PodSecurity "restricted/);
  });

  test("resolves the cluster's names, and a pod reaches what the host listens to", async () => {
    await using server = createServer((_request, response) => response.end("from the host"));
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "10.88.0.1", resolve);
    await promise;
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const script = `const dns = require("node:dns/promises");
      dns.lookup("kubernetes.default").then(({ address }) => console.log(address))
        .then(() => fetch("http://10.88.0.1:${port}/")).then((r) => r.text()).then(console.log);`;
    await kubectl.apply(restrictedPod(space, "names", node.reference, ["node", "-e", script]));
    expect(await kubectl.finish(space, "names")).toEqual({
      phase: "Succeeded",
      log: "10.101.0.1\nfrom the host\n",
    });
  });

  test("carries a service's cluster address to its pod", async () => {
    const serve =
      "while :; do echo -e 'HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\nserved' | nc -l -p 8080; done";
    await kubectl.apply(restrictedPod(space, "server", busybox.reference, ["sh", "-c", serve]), {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "server", namespace: space },
      spec: { selector: { app: "server" }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    await kubectl.run(["-n", space, "wait", "--for=condition=Ready", "pod/server", "--timeout=60s"]);
    const ask = "until nc server 80 < /dev/null | grep served; do sleep 0.2; done";
    await kubectl.apply(restrictedPod(space, "client", busybox.reference, ["sh", "-c", ask]));
    expect(await kubectl.finish(space, "client")).toEqual({ phase: "Succeeded", log: "served\n" });
  });

  test("writes an audit log that names who wrote what", async () => {
    const text = await readFile("/var/lib/seatrial-lab/east/log/audit.jsonl", "utf8");
    const lines = text.trim().split("\n").slice(0, -1);
    const events = lines.map((line) => JSON.parse(line));
    const creation = events.find(({ verb, objectRef }) => verb === "create" && objectRef?.name === "log");
    expect(creation).toMatchObject({ user: { username: "admin" }, level: "Metadata" });
  });

  test("changes nothing when `up` is repeated", async () => {
    const earlier = await pids();
    await labUp({ clusters: 1 });
    expect(await pids()).toEqual(earlier);
  });

  test("gives back a component that was killed, and one that was stopped, while pods go on", async () => {
    const isReady = async (name: string): Promise<boolean | undefined> =>
      (await labStatus())?.clusters[0]?.components.find((component) => component.name === name)?.isReady;
    await labKill("east", "etcd");
    expect(await isReady("etcd")).toBe(false);
    await labStart("east", "etcd");
    expect(await isReady("etcd")).toBe(true);
    for (const component of ["kubelet", "containerd"]) {
      await labStop("east", component);
      await labStart("east", component);
    }
    const restarts = "jsonpath={.status.phase} {.status.containerStatuses[0].restartCount}";
    expect(await kubectl.run(["-n", space, "get", "pod", "server", "-o", restarts])).toBe("Running 0");
    await labKill("east", "kube-scheduler");
    await labUp({ clusters: 1 });
    expect(await isReady("kube-scheduler")).toBe(true);
  });

  test("is out of reach while its link is cut, and comes back by itself", async () => {
    const answers = async (): Promise<boolean> => {
      const answer = await get("https://10.88.0.11:6443/readyz", { rejectUnauthorized: false });
      return answer?.status === 200;
    };
    expect(await answers()).toBe(true);
    await labCut("east", 4);
    expect(await answers()).toBe(false);
    expect((await labStatus())?.clusters[0]?.isCut).toBe(true);
    expect(await waitUntil(answers, 30, 250)).toBe(true);
    expect(await waitUntil(async () => (await labStatus())?.clusters[0]?.isCut === false, 10, 100)).toBe(
      true,
    );
  });

  test("stays within reach when another cluster comes and goes", async () => {
    const { link } = planCluster("south");
    const bridge = async (): Promise<string> => readFile("/sys/class/net/st0/address", "utf8");
    const earlier = await bridge();
    // The lowest address that a link can have: a bridge without an address of its own would take it over.
    await runCommand("ip", ["link", "add", link, "address", "02:00:00:00:00:01", "type", "veth"]);
    await runCommand("ip", ["link", "set", link, "master", "st0", "up"]);
    expect(await bridge()).toBe(earlier);
    await runCommand("ip", ["link", "delete", link]);
    expect(await bridge()).toBe(earlier);
  });

  test("names the components and clusters that there are when asked for others", async () => {
    await expect(labKill("east", "dockerd")).rejects.toThrow(/no component "dockerd".*kubelet/);
    await expect(labKill("mars", "kubelet")).rejects.toThrow(/no cluster "mars".*east/);
  });

  test("touches no mount, firewall rule or sysctl of the machine, and `down` leaves nothing at all", async () => {
    const during = await labInventory();
    for (const part of ["mounts", "firewallRules", "sysctls"] as const)
      expect(during[part]).toEqual(before[part]);
    expect(during.links).toEqual(expect.arrayContaining(["st0", "st-east"]));
    await labDown();
    expect(await labInventory()).toEqual(before);
    expect(await labStatus()).toBeUndefined();
    await labDown();
    expect(await runCommand("ip", ["-json", "link", "show"])).not.toContain("st-east");
  });
});
