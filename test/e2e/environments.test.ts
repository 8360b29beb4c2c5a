import type { EnvironmentTemplateInput } from "@seatrial/contracts/environments/environment-template.ts";
import type { SuiteSpecInput } from "@seatrial/contracts/suites/suite-spec.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Applications,
  listByKubectl,
  loadApplications,
  makeEnvironment,
  namespaceIsThere,
  removeByHand,
  untilState,
  uploadFiles,
} from "../support/environments-in-lab.ts";
import { createKubectl, type Kubectl } from "../support/lab-pods.ts";
import { canRunLab, type LabStack, openLabStack, runToEnd } from "../support/lab-stack.ts";

const web = { service: "podinfo", port: 9898, ready: { get: "/readyz", times: 3 } };
const cache = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: cache}
spec:
  selector: {matchLabels: {app: cache}}
  template:
    metadata: {labels: {app: cache}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: redis
          image: redis
          ports: [{containerPort: 6379}]
          readinessProbe: {tcpSocket: {port: 6379}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: cache}
spec: {selector: {app: cache}, ports: [{port: 6379}]}
`;
const notes = `
apiVersion: v1
kind: ConfigMap
metadata: {name: notes}
data: {web: "\${components.web.address}"}
`;

describe.runIf(canRunLab)("environments on a real cluster", () => {
  let stack: LabStack;
  let kubectl: Kubectl;
  let images: Applications;
  beforeAll(async () => {
    stack = await openLabStack({ environments: {} });
    kubectl = await createKubectl(stack.clusters[0] ?? "");
    images = await loadApplications();
  });
  afterAll(() => stack?.close());

  const podinfoChart = (values: Record<string, unknown> = {}) => ({
    kind: "chart" as const,
    path: "charts/podinfo",
    values: {
      image: { repository: images.podinfo.repository, tag: images.podinfo.tag },
      probes: { readiness: { periodSeconds: 1 } },
      ...(values as Record<string, never>),
    },
  });
  const withRedis = (more: Record<string, unknown> = {}): EnvironmentTemplateInput => {
    const { repository, tag } = images.redis;
    const chart = podinfoChart({ redis: { enabled: true, repository, tag }, ...more });
    return { components: [{ name: "podinfo", ...chart }], expose: { web }, timeoutSeconds: 120 };
  };
  /** A suite of two shards that keeps a value in the environment and reads it back. */
  const suite = (script: string): SuiteSpecInput => ({
    name: "reach",
    tool: null,
    image: stack.images.presets.pytest,
    command: ["python3", "-c", `import os, urllib.request as web\n${script}`],
    shards: 2,
    infrastructureRetries: 0,
    timeoutSeconds: 60,
  });
  const keepsValues = () =>
    suite(`
url = os.environ["SEATRIAL_ENVIRONMENT_WEB_URL"] + "/cache/shard-" + os.environ["SEATRIAL_SHARD_INDEX"]
web.urlopen(web.Request(url, data=b"kept", method="POST"), timeout=10)
assert web.urlopen(url, timeout=10).read() == b"kept"
`);
  const answers = () =>
    suite(
      `assert web.urlopen(os.environ["SEATRIAL_ENVIRONMENT_WEB_URL"] + "/version", timeout=10).status == 200`,
    );

  /** Removes it, and holds the proof against what kubectl saw before and sees now. */
  async function expectProvedRemoval(id: string, namespace: string): Promise<void> {
    const before = await listByKubectl(kubectl, id);
    expect(before.length).toBeGreaterThan(5);
    const removed = await removeByHand(stack, id);
    expect(removed, JSON.stringify(removed.blockers)).toMatchObject({
      state: "deleted",
      proofComplete: true,
    });
    const proof = await stack.project.getProof(id);
    expect(proof.counts).toMatchObject({ left: 0, unchecked: 0 });
    expect(proof.counts.gone).toBeGreaterThan(5);
    expect(proof.unlisted).toEqual([]);
    const proved = new Set(proof.objects.map(({ uid }) => uid));
    const [made] = before.filter((line) => line.startsWith("Namespace/"));
    expect(proved).toContain(made?.split(" ")[1]);
    expect(await listByKubectl(kubectl, id)).toEqual([]);
    expect(await namespaceIsThere(kubectl, namespace)).toBe(false);
  }

  test("podinfo's own chart with its redis: ready, reached by shards, asleep, awake, changed, gone", async () => {
    const content = await uploadFiles(stack, {}, ["charts/podinfo"]);
    const made = await makeEnvironment(stack, "preview", withRedis(), content);
    expect(made, made.reason ?? "").toMatchObject({
      state: "ready",
      endpoints: [{ name: "web", reach: "cluster", url: `http://podinfo.${made.namespace}.svc:9898` }],
      leftOut: expect.arrayContaining([expect.stringContaining("podinfo-service-test")]),
    });
    expect(made.endpoints[0]?.provedAt).not.toBeNull();
    const run = await runToEnd(stack.project, { suites: [keepsValues()], environment: { id: made.id } });
    expect(run, run.reason ?? "").toMatchObject({
      state: "passed",
      environment: { id: made.id, owned: false },
    });

    await stack.project.sleepEnvironment(made.id);
    await untilState(stack, made.id, "sleeping");
    const pods = () => kubectl.run(["-n", made.namespace, "get", "pods", "-o", "name"]);
    expect(await pods()).toBe("");
    await stack.project.wakeEnvironment(made.id);
    const awake = await untilState(stack, made.id, "ready", "failed");
    expect(awake, awake.reason ?? "").toMatchObject({ state: "ready" });

    const template = { ...withRedis({ replicaCount: 2 }) };
    await stack.project.updateEnvironment(made.id, { template: template as never, contentSha256: content });
    await expect
      .poll(async () => (await stack.project.getEnvironment(made.id)).appliedGeneration, { timeout: 120_000 })
      .toBe(2);
    expect((await pods()).match(/podinfo-[^r]/g)).toHaveLength(2);
    await expectProvedRemoval(made.id, made.namespace);
  });

  test("podinfo's kustomization, brought and taken along by a run", async () => {
    const content = await uploadFiles(stack, {}, ["kustomize"]);
    const template: EnvironmentTemplateInput = {
      components: [
        {
          name: "app",
          kind: "kustomization",
          path: "kustomize",
          images: { "ghcr.io/stefanprodan/podinfo": images.podinfo.reference },
        },
      ],
      expose: { web },
      timeoutSeconds: 120,
    };
    const run = await runToEnd(stack.project, {
      suites: [answers()],
      environment: { name: "preview", template, contentSha256: content },
    });
    expect(run, run.reason ?? "").toMatchObject({ state: "passed", environment: { owned: true } });
    const id = run.environment?.id ?? "";
    const gone = await untilState(stack, id, "deleted", "stuck");
    expect(gone).toMatchObject({ state: "deleted", proofComplete: true, runId: run.id });
    expect(await listByKubectl(kubectl, id)).toEqual([]);
    expect(await namespaceIsThere(kubectl, gone.namespace)).toBe(false);
  });

  test("three components, each made from what the ones before it have told", async () => {
    const content = await uploadFiles(stack, { "cache.yaml": cache, "notes.yaml": notes }, [
      "charts/podinfo",
    ]);
    const made = await makeEnvironment(
      stack,
      "preview",
      {
        components: [
          {
            name: "cache",
            kind: "manifests",
            path: "cache.yaml",
            images: { redis: images.redis.reference },
            outputs: { host: { object: "Service/cache", field: "spec.clusterIP" } },
          },
          {
            name: "web",
            ...podinfoChart({ cache: "tcp://${components.cache.host}:6379", fullnameOverride: "podinfo" }),
            outputs: { address: { object: "Service/podinfo", field: "spec.clusterIP" } },
          },
          { name: "notes", kind: "manifests", path: "notes.yaml" },
        ],
        expose: { web },
        timeoutSeconds: 120,
      },
      content,
    );
    expect(made, made.reason ?? "").toMatchObject({ state: "ready" });
    const read = (path: string) => kubectl.run(["-n", made.namespace, "get", ...path.split(" ")]);
    expect(await read("configmap notes -o jsonpath={.data.web}")).toBe(
      await read("service podinfo -o jsonpath={.spec.clusterIP}"),
    );
    const run = await runToEnd(stack.project, { suites: [keepsValues()], environment: { id: made.id } });
    expect(run, run.reason ?? "").toMatchObject({ state: "passed" });
    await expectProvedRemoval(made.id, made.namespace);
  });
});
