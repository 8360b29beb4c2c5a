import { describeEnforcement } from "@seatrial/cli/clusters/describe-enforcement.ts";
import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import { labKill, labStart, labStop } from "@seatrial/lab/lab-component.ts";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { labLoadBuiltin } from "@seatrial/lab/lab-load.ts";
import { labUp } from "@seatrial/lab/lab-up.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createKubectl, type Kubectl } from "../support/lab-pods.ts";
import { canRunLab, type LabStack, openLabStack } from "../support/lab-stack.ts";
import {
  addressOf,
  networkPolicy,
  type PodName,
  reaches,
  settlesAt,
  talkingPod,
} from "../support/policy-probe.ts";

const home = "policy-home";
const away = "policy-away";
const server: PodName = [home, "server"];
const client: PodName = [home, "client"];
const stranger: PodName = [away, "client"];
const denyIngress = networkPolicy(home, "deny-ingress", { podSelector: {}, policyTypes: ["Ingress"] });
const denyEgress = networkPolicy(home, "deny-egress", { podSelector: {}, policyTypes: ["Egress"] });

describe.runIf(canRunLab)("network policies in a cluster of the lab", () => {
  let kubectl: Kubectl;
  let image: string;
  const addresses = new Map<PodName, string>();

  const canReach = (from: PodName, to: PodName, port = 8080): Promise<boolean> =>
    reaches(kubectl, from, addresses.get(to) ?? "", port);
  const reachesAtLast = (from: PodName, to: PodName, port = 8080): Promise<boolean> =>
    settlesAt(true, () => canReach(from, to, port));
  const reachesNoLonger = async (from: PodName, to: PodName, port = 8080): Promise<boolean> =>
    !(await settlesAt(false, () => canReach(from, to, port)));
  const allowFrom = (from: object[], ports: object[] = []): object =>
    networkPolicy(home, "allow", {
      podSelector: { matchLabels: { app: "server" } },
      ingress: [{ from, ports }],
    });

  beforeAll(async () => {
    await labDown();
    await labUp({ clusters: 1, driver: "native" });
    kubectl = await createKubectl("east");
    image = (await labLoadBuiltin("busybox")).reference;
    const namespaces = [home, away].map((name) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels: { team: name } },
    }));
    await kubectl.apply(...namespaces);
    await kubectl.apply(
      talkingPod(server, image, { app: "server" }),
      talkingPod(client, image, { app: "client" }),
      talkingPod(stranger, image, { app: "client" }),
    );
    for (const pod of [server, client, stranger]) {
      await kubectl.run(["-n", pod[0], "wait", "--for=condition=Ready", "--timeout=60s", "pod", pod[1]]);
      addresses.set(pod, await addressOf(kubectl, pod));
    }
  });
  afterEach(async () => {
    await kubectl.run(["-n", home, "delete", "networkpolicy", "--all"]);
    await expect(reachesAtLast(client, server)).resolves.toBe(true);
  });
  afterAll(() => labDown());

  test("a denying policy closes a pod to all, its probes pass and it still gets out", async () => {
    await expect(canReach(stranger, server, 8081)).resolves.toBe(true);
    await kubectl.apply(denyIngress);
    await expect(reachesNoLonger(client, server)).resolves.toBe(true);
    await expect(canReach(stranger, server)).resolves.toBe(false);
    await expect(canReach(server, stranger)).resolves.toBe(true);
    const late: PodName = [home, "late"];
    await kubectl.apply(talkingPod(late, image, {}));
    await kubectl.run(["-n", home, "wait", "--for=condition=Ready", "--timeout=60s", "pod", "late"]);
    await kubectl.run(["-n", home, "delete", "pod", "late"]);
  });

  test("a rule lets a label of the same namespace in by a named port, and neither other ports nor namespaces", async () => {
    await kubectl.apply(
      denyIngress,
      allowFrom([{ podSelector: { matchLabels: { app: "client" } } }], [{ port: "web" }]),
    );
    await expect(reachesNoLonger(stranger, server)).resolves.toBe(true);
    await expect(canReach(client, server, 8080)).resolves.toBe(true);
    await expect(canReach(client, server, 8081)).resolves.toBe(false);
  });

  test("a namespace selector lets that namespace in alone", async () => {
    await kubectl.apply(allowFrom([{ namespaceSelector: { matchLabels: { team: away } } }]));
    await expect(reachesNoLonger(client, server)).resolves.toBe(true);
    await expect(canReach(stranger, server)).resolves.toBe(true);
    await kubectl.run(["label", "--overwrite", "namespace", away, "team=none"]);
    await expect(reachesNoLonger(stranger, server)).resolves.toBe(true);
    await kubectl.run(["label", "--overwrite", "namespace", away, `team=${away}`]);
    await expect(reachesAtLast(stranger, server)).resolves.toBe(true);
  });

  test("an address block lets in all but its exceptions", async () => {
    const except = [`${addresses.get(client)}/32`];
    await kubectl.apply(allowFrom([{ ipBlock: { cidr: "10.201.0.0/16", except } }]));
    await expect(reachesNoLonger(client, server)).resolves.toBe(true);
    await expect(canReach(stranger, server)).resolves.toBe(true);
  });

  test("closed egress keeps a pod from pods, services, the API server and DNS until a rule lets it out", async () => {
    await kubectl.apply(
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web", namespace: home },
        spec: { selector: { app: "server" }, ports: [{ port: 80, targetPort: "web" }] },
      },
      denyEgress,
    );
    await expect(reachesNoLonger(client, server)).resolves.toBe(true);
    await expect(reaches(kubectl, client, "10.88.0.11", 6443)).resolves.toBe(false);
    await expect(reaches(kubectl, client, `web.${home}.svc.cluster.local`, 80)).resolves.toBe(false);
    const dns = { ports: [{ protocol: "UDP", port: 53 }] };
    const web = { to: [{ podSelector: { matchLabels: { app: "server" } } }], ports: [{ port: "web" }] };
    await kubectl.apply(
      networkPolicy(home, "out", { podSelector: {}, policyTypes: ["Egress"], egress: [dns, web] }),
    );
    await expect(
      settlesAt(true, () => reaches(kubectl, client, `web.${home}.svc.cluster.local`, 80)),
    ).resolves.toBe(true);
    await expect(canReach(client, server, 8081)).resolves.toBe(false);
    await expect(canReach(client, stranger)).resolves.toBe(false);
  });

  test("a pod made under a policy is closed from its first command on", async () => {
    await kubectl.apply(denyEgress);
    await expect(reachesNoLonger(client, server)).resolves.toBe(true);
    const script = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 1 ${addresses.get(stranger)} 8080 2> /dev/null | head -c 4`;
    const firstWords = async ([namespace, name]: PodName): Promise<string> => {
      const containers = [{ name: "main", image, command: ["sh", "-c", script] }];
      const spec = { restartPolicy: "Never", containers };
      await kubectl.apply({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace }, spec });
      return (await kubectl.finish(namespace, name)).log;
    };
    await expect(firstWords([away, "free"])).resolves.toBe("HTTP");
    for (const name of ["early-1", "early-2", "early-3"]) {
      await expect(firstWords([home, name])).resolves.toBe("");
    }
  });

  test("rules outlive a killed engine and an API server that went away, and go with a stopped engine", async () => {
    await kubectl.apply(denyIngress);
    await expect(reachesNoLonger(client, server)).resolves.toBe(true);
    await labKill("east", "netpol");
    await expect(canReach(client, server)).resolves.toBe(false);
    await labStart("east", "netpol");
    await labKill("east", "kube-apiserver");
    await labStart("east", "kube-apiserver");
    await expect(canReach(client, server)).resolves.toBe(false);
    await kubectl.apply(allowFrom([{ podSelector: {} }]));
    await expect(reachesAtLast(client, server)).resolves.toBe(true);
    await expect(canReach(stranger, server)).resolves.toBe(false);
    await labStop("east", "netpol");
    await expect(canReach(stranger, server)).resolves.toBe(true);
    await labStart("east", "netpol");
    await expect(reachesNoLonger(stranger, server)).resolves.toBe(true);
  });
});

describe.runIf(canRunLab)("what a cluster says of its network policies", () => {
  let stack: LabStack;
  let kubectl: Kubectl;
  const work = "seatrial-work";

  beforeAll(async () => {
    stack = await openLabStack();
    kubectl = await createKubectl("east");
  });
  afterAll(() => stack?.close());

  const answers = async (expected: string): Promise<string | undefined> => {
    let answer: string | undefined;
    const isThere = async (): Promise<boolean> => {
      answer = (await stack.client.getCluster("east")).enforcesNetworkPolicy?.answer;
      return answer === expected;
    };
    await waitUntil(isThere, 120, 500);
    return answer;
  };

  test("is yes with an engine that enforces them, no without one, and leaves no pod behind", async () => {
    await expect(answers("yes")).resolves.toBe("yes");
    await labStop("east", "netpol");
    await kubectl.run(["-n", "seatrial", "delete", "pod", "--all", "--wait=false"]);
    await expect(answers("no")).resolves.toBe("no");
    await kubectl.run([
      "-n",
      work,
      "wait",
      "--for=delete",
      "--timeout=60s",
      "pod",
      "-l",
      "seatrial.dev/check",
    ]);
    const cluster = await stack.client.getCluster("east");
    expect(describeEnforcement(cluster.enforcesNetworkPolicy)).toBe(
      "NOT enforced: a pod was reached on a port that no policy allows",
    );
  });
});
