import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  listByKubectl,
  listEverything,
  makeEnvironment,
  namespaceIsThere,
  uploadFiles,
} from "../support/environments-in-lab.ts";
import { createKubectl, type Kubectl } from "../support/lab-pods.ts";
import { canRunLab, type LabStack, openLabStack } from "../support/lab-stack.ts";

const marginSeconds = 5;
const files = {
  "app.yaml": `
apiVersion: v1
kind: ConfigMap
metadata: {name: app}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: "\${environment.namespace}-low"}
value: 1
`,
};
const template = {
  components: [{ name: "app", kind: "manifests" as const, path: "app.yaml" }],
  timeoutSeconds: 60,
};
/** The cluster's owner allows one cluster-scoped kind; sweep and janitor look every few seconds. */
const provisioner = {
  sweepSeconds: 12,
  clusterKinds: ["scheduling.k8s.io/PriorityClass"],
  extraRules: [
    {
      apiGroups: ["scheduling.k8s.io"],
      resources: ["priorityclasses"],
      verbs: ["get", "list", "watch", "create", "update", "patch", "delete"],
    },
  ],
  janitor: { enabled: true, schedule: "0 0 1 1 *", marginSeconds },
};

/** What an environment looks like that a hub of another time has made: known to nobody now. */
function orphan(name: string, expiresInSeconds: number): object[] {
  const labels = {
    "app.kubernetes.io/managed-by": "seatrial",
    "seatrial.dev/environment": name,
    "seatrial.dev/expires": String(Math.floor(Date.now() / 1_000) + expiresInSeconds),
  };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } },
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "app", namespace: name, labels } },
    {
      ...{ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", value: 1 },
      metadata: { name: `${name}-low`, labels },
    },
  ];
}

describe.runIf(canRunLab)("a cluster that looks after itself", () => {
  let stack: LabStack;
  let kubectl: Kubectl;
  beforeAll(async () => {
    stack = await openLabStack({ environments: provisioner });
    kubectl = await createKubectl(stack.clusters[0] ?? "");
  });
  afterAll(() => stack?.close());

  const expiryOf = (type: string, name: string) =>
    kubectl.run(["get", type, name, "-o", "jsonpath={.metadata.labels.seatrial\\.dev/expires}"]);
  /** What each sweep has removed, by the provisioner's own word. */
  async function swept(): Promise<{ time: number; removed: string[] }[]> {
    const log = await kubectl.run([
      "-n",
      "seatrial",
      "logs",
      "deployment/seatrial-provisioner",
      "--tail",
      "-1",
    ]);
    const lines = log
      .split("\n")
      .filter((line) => line.includes('"what":"sweep"') && line.includes('"removed"'));
    return lines.map((line) => JSON.parse(line)).filter(({ removed }) => removed.length > 0);
  }

  test("what the hub does not know goes after two sweeps, a share at a time; what is only similar stays", async () => {
    const before = await listEverything(kubectl);
    const made = await makeEnvironment(stack, "preview", template, await uploadFiles(stack, files));
    expect(made, made.reason ?? "").toMatchObject({ state: "ready" });
    const names = ["e-lost-1", "e-lost-2", "e-lost-3"];
    const similar = {
      name: `${made.namespace}-2`,
      labels: { "app.kubernetes.io/managed-by": "seatrial", "seatrial.dev/project": "default" },
    };
    const began = Date.now();
    await kubectl.apply(
      { apiVersion: "v1", kind: "Namespace", metadata: similar },
      ...names.flatMap((name) => orphan(name, 86_400)),
    );
    const removed = async () => (await swept()).flatMap((sweep) => sweep.removed);
    const isOver = await waitUntil(async () => (await removed()).length >= names.length, 240, 1_000);
    expect(isOver, JSON.stringify(await swept())).toBe(true);
    expect((await removed()).toSorted()).toEqual(names);
    for (const sweep of await swept()) {
      // Two looks are at least ten seconds apart, and of four that were found one may go in each.
      expect(sweep.time - began).toBeGreaterThan(10_000);
      expect(sweep.removed).toHaveLength(1);
    }
    for (const name of names)
      expect(await waitUntil(async () => (await listByKubectl(kubectl, name)).length === 0, 120, 500)).toBe(
        true,
      );
    expect(await namespaceIsThere(kubectl, similar.name)).toBe(true);
    expect(await stack.project.getEnvironment(made.id)).toMatchObject({ state: "ready" });
    await kubectl.run(["delete", "namespace", similar.name]);
    const left = [...(await listEverything(kubectl))].filter((line) => !before.has(line));
    expect(left.filter((line) => !line.includes(made.namespace) && !line.includes(made.id))).toEqual([]);
  });

  test("with the hub gone, the janitor removes what has expired by the cluster's own labels, all of it", async () => {
    const before = await listEverything(kubectl);
    const contentSha256 = await uploadFiles(stack, files);
    const short = await makeEnvironment(stack, "short", template, contentSha256);
    const { id } = short;
    const kept = await makeEnvironment(stack, "kept", template, contentSha256);
    expect(kept, kept.reason ?? "").toMatchObject({ state: "ready" });
    // An extension gets into the cluster by a sweep.
    const extended = await stack.project.extendEnvironment(kept.id, { seconds: 86_400 });
    const until = String(Math.ceil(Date.parse(extended.expiresAt) / 1_000));
    const expires = String(Math.ceil(Date.parse(short.expiresAt) / 1_000));
    const shorts = [
      ["namespace", short.namespace] as const,
      ["priorityclass", `${short.namespace}-low`] as const,
    ];
    for (const [type, name] of shorts) expect(await expiryOf(type, name)).toBe(expires);
    const places = [
      ["namespace", kept.namespace] as const,
      ["priorityclass", `${kept.namespace}-low`] as const,
    ];
    for (const [type, name] of places)
      expect(await waitUntil(async () => (await expiryOf(type, name)) === until, 120, 500)).toBe(true);

    await stack.stopHub();
    // Its time passes: nobody is there who would write its true expiry again.
    const soon = Math.ceil(Date.now() / 1_000) + 2;
    for (const [type, name] of shorts)
      await kubectl.run(["label", "--overwrite", type, name, `seatrial.dev/expires=${soon}`]);
    const isGone = async () => (await listByKubectl(kubectl, id)).length === 0;
    expect(await waitUntil(isGone, 240, 1_000)).toBe(true);
    expect(Date.now()).toBeGreaterThan((soon + marginSeconds) * 1_000);
    expect(await namespaceIsThere(kubectl, short.namespace)).toBe(false);
    expect(await namespaceIsThere(kubectl, kept.namespace)).toBe(true);
    const left = [...(await listEverything(kubectl))].filter((line) => !before.has(line));
    expect(left.filter((line) => !line.includes(kept.namespace) && !line.includes(kept.id))).toEqual([]);
  });

  test("with the provisioner gone too, the cluster's own job does the same, and touches nothing else", async () => {
    const place = ["-n", "seatrial"];
    await kubectl.run([...place, "scale", "deployment/seatrial-provisioner", "--replicas=0"]);
    await kubectl.apply(...orphan("e-old", -60), ...orphan("e-young", 3_600));
    const undated = { name: "e-undated", labels: { "seatrial.dev/environment": "e-undated" } };
    await kubectl.apply({ apiVersion: "v1", kind: "Namespace", metadata: undated });
    const job = "job/by-hand-janitor-0";
    await kubectl.run([
      ...place,
      "create",
      "job",
      "--from=cronjob/seatrial-provisioner-janitor",
      job.slice(4),
    ]);
    await kubectl.run([...place, "wait", job, "--for=condition=Complete", "--timeout=240s"]);
    expect(await listByKubectl(kubectl, "e-old")).toEqual([]);
    expect(await listByKubectl(kubectl, "e-young")).toHaveLength(3);
    expect(await namespaceIsThere(kubectl, undated.name)).toBe(true);
    expect(await kubectl.run([...place, "logs", job])).toMatch(/"removed":\["e-old"\]/);
  });
});
