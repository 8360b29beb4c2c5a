import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  listByKubectl,
  makeEnvironment,
  namespaceIsThere,
  removeByHand,
  untilState,
  uploadFiles,
} from "../support/environments-in-lab.ts";
import { fragileService } from "../support/fragile-service.ts";
import { createKubectl, type Kubectl } from "../support/lab-pods.ts";
import { canRunLab, type LabStack, openLabStack, runToEnd } from "../support/lab-stack.ts";

const template = {
  components: [{ name: "app", kind: "manifests" as const, path: "app.yaml" }],
  timeoutSeconds: 60,
};
const configMap = (value: string) => ({
  "app.yaml": `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\ndata: {value: "${value}"}\n`,
});
/** Not ready before somebody makes a ConfigMap that its pod wants. */
const waitsFor = (image: string) => ({
  "app.yaml": `
apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: ${image}
          command: [sleep, infinity]
          envFrom: [{configMapRef: {name: late}}]
`,
});

describe.runIf(canRunLab)("the life of an environment, on a real cluster", () => {
  let stack: LabStack;
  let kubectl: Kubectl;
  let image: string;
  let home: string;
  let away: string;
  let short: Environment;
  beforeAll(async () => {
    stack = await openLabStack({ environments: {}, clusters: 2 });
    [home = "", away = ""] = stack.clusters;
    kubectl = await createKubectl(home);
    image = stack.images.presets.pytest ?? "";
    const contentSha256 = await uploadFiles(stack, configMap("short"));
    // Its time runs while other tests do.
    short = await stack.project.createEnvironment({
      ...{ ...atHome(), name: "short", template, contentSha256, ttlSeconds: 60 },
    });
  });
  afterAll(() => stack?.close());

  const suite = (script: string) => ({
    ...{ name: "app", tool: null, image, shards: 1, timeoutSeconds: 120 },
    command: ["python3", "-c", `import os, urllib.request as web\n${script}`],
  });
  const asks = (cluster: string) => ({
    ...suite(
      `assert web.urlopen(os.environ["SEATRIAL_ENVIRONMENT_WEB_URL"] + "/", timeout=10).status == 200`,
    ),
    ...{ name: cluster, clusters: { labels: { name: cluster } } },
  });
  const atHome = () => ({ clusters: { labels: { name: home } } });
  const appliedIs = (id: string, generation: number) =>
    waitUntil(
      async () => (await stack.project.getEnvironment(id)).appliedGeneration === generation,
      240,
      500,
    );
  const valueIn = (namespace: string) =>
    kubectl.run(["-n", namespace, "get", "configmap", "app", "-o", "jsonpath={.data.value}"]);
  const hasPods = async (namespace: string) =>
    (await kubectl.run(["-n", namespace, "get", "pods", "-o", "name"])) !== "";
  async function expectGone(id: string, namespace: string) {
    expect(await listByKubectl(kubectl, id)).toEqual([]);
    expect(await namespaceIsThere(kubectl, namespace)).toBe(false);
  }

  test("an endpoint with reach network is reached from another cluster too; a run wakes what sleeps and proves it again", async () => {
    const { files, template: base } = fragileService(image, "NodePort");
    const web = { port: 8080, reach: "network" as const, ready: { get: "/ready", times: 2 } };
    const contentSha256 = await uploadFiles(stack, files);
    const made = await makeEnvironment(stack, "preview", { ...base, expose: { web } }, contentSha256, home);
    expect(made, made.reason ?? "").toMatchObject({ state: "ready", cluster: home });
    expect(made.endpoints).toMatchObject([{ name: "web", reach: "network", provedAt: expect.any(String) }]);
    expect((await fetch(`${made.endpoints[0]?.url}/from-outside`)).status).toBe(200);

    await stack.project.sleepEnvironment(made.id);
    expect(await untilState(stack, made.id, "sleeping", "failed")).toMatchObject({ state: "sleeping" });
    expect(await hasPods(made.namespace)).toBe(false);
    const suites = [home, away].map(asks);
    const run = await runToEnd(stack.project, { suites, environment: { id: made.id } });
    const shards = await stack.project.listShards(run.id);
    const said = JSON.stringify({ run, shards }, null, 1);
    expect(run.state, said).toBe("passed");
    expect(shards.map(({ attempts }) => attempts.at(-1)?.cluster).sort(), said).toEqual([home, away].sort());
    const awake = await stack.project.getEnvironment(made.id);
    expect(awake.state).toBe("ready");
    const proved = awake.endpoints[0]?.provedAt ?? "";
    expect(Date.parse(proved)).toBeGreaterThan(Date.parse(run.createdAt));

    const plain = { port: 8080, ready: { get: null } };
    const both = { ...base, expose: { web, plain } };
    await stack.project.updateEnvironment(made.id, { template: both, contentSha256 });
    expect(await appliedIs(made.id, 2)).toBe(true);
    const { endpoints } = await stack.project.getEnvironment(made.id);
    expect(endpoints.find(({ name }) => name === "plain")).toMatchObject({
      ...{ reach: "cluster", port: 8080, provedAt: expect.any(String) },
    });
    const refused = await runToEnd(stack.project, { suites: [asks(away)], environment: { id: made.id } });
    expect(refused.state).toBe("errored");
    expect(JSON.stringify(refused)).toContain("can be reached from there alone");
    expect(await removeByHand(stack, made.id)).toMatchObject({ state: "deleted", proofComplete: true });
    await expectGone(made.id, made.namespace);
  });

  test("a run's own environment stays for a while when the run is red, and a pin outlives the run's end", async () => {
    const contentSha256 = await uploadFiles(stack, configMap("one"));
    const environment = { ...atHome(), name: "mine", template, contentSha256, keepOnFailureSeconds: 3_600 };
    const red = await runToEnd(stack.project, { suites: [suite("assert False")], environment });
    expect(red, red.reason ?? "").toMatchObject({ state: "failed" });
    const kept = await stack.project.getEnvironment(red.environment?.id ?? "");
    expect(kept).toMatchObject({ state: "ready", wanted: "present" });
    const stays = Date.parse(kept.expiresAt) - Date.parse(red.finishedAt ?? "");
    expect(Math.abs(stays - 3_600_000)).toBeLessThan(60_000);
    expect(await removeByHand(stack, kept.id)).toMatchObject({ state: "deleted", proofComplete: true });

    const green = await stack.project.createRun({ suites: [suite("pass")], environment });
    const until = new Date(Date.now() + 86_400_000).toISOString();
    await stack.project.pinEnvironment(green.environment?.id ?? "", { until, reason: "to look at it" });
    expect(
      await waitUntil(async () => (await stack.project.getRun(green.id)).finishedAt !== null, 240, 500),
    ).toBe(true);
    const pinned = await stack.project.getEnvironment(green.environment?.id ?? "");
    expect(pinned).toMatchObject({ state: "ready", wanted: "present", pin: { until } });
    expect(await removeByHand(stack, pinned.id)).toMatchObject({ state: "deleted", proofComplete: true });
  });

  test("what is deleted while it is being made is gone, with a proof", async () => {
    const contentSha256 = await uploadFiles(stack, waitsFor(image));
    const long = { ...template, timeoutSeconds: 600 };
    const { id, namespace } = await stack.project.createEnvironment({
      ...{ ...atHome(), name: "early", template: long, contentSha256 },
    });
    expect(await waitUntil(() => hasPods(namespace), 240, 500)).toBe(true);
    const gone = await removeByHand(stack, id);
    expect(gone).toMatchObject({ state: "deleted", proofComplete: true });
    // It came to its own end before the removal began: nobody killed it half-way.
    const [up] = gone.operations.filter(({ kind }) => kind === "up");
    const [down] = gone.operations.filter(({ kind }) => kind === "down");
    expect(up).toMatchObject({ state: "failed", failure: { code: "cancelled" } });
    expect(up?.failure?.message).toMatch(/environment goes/);
    expect(Date.parse(down?.createdAt ?? "")).toBeGreaterThanOrEqual(Date.parse(up?.endedAt ?? ""));
    await expectGone(id, namespace);
  });

  test("of several updates at once the latest wins", async () => {
    const made = await makeEnvironment(
      stack,
      "busy",
      template,
      await uploadFiles(stack, configMap("0")),
      home,
    );
    const contents = await Promise.all(["1", "2", "3"].map((value) => uploadFiles(stack, configMap(value))));
    for (const contentSha256 of contents)
      await stack.project.updateEnvironment(made.id, { template, contentSha256 });
    expect(await appliedIs(made.id, 4)).toBe(true);
    expect(await valueIn(made.namespace)).toBe("3");
    expect(await removeByHand(stack, made.id)).toMatchObject({ state: "deleted", proofComplete: true });
  });

  test("a provisioner that is replaced while it works loses nothing: the next life makes it ready", async () => {
    const contentSha256 = await uploadFiles(stack, waitsFor(image));
    const long = { ...template, timeoutSeconds: 600 };
    const { id, namespace } = await stack.project.createEnvironment({
      ...{ ...atHome(), name: "moved", template: long, contentSha256 },
    });
    expect(await waitUntil(() => hasPods(namespace), 240, 500)).toBe(true);
    const place = ["-n", "seatrial", "rollout"];
    await kubectl.run([...place, "restart", "deployment/seatrial-provisioner"]);
    await kubectl.run([...place, "status", "deployment/seatrial-provisioner", "--timeout=240s"]);
    await kubectl.run(["-n", namespace, "create", "configmap", "late", "--from-literal=a=b"]);
    const ready = await untilState(stack, id, "ready", "failed");
    expect(ready, ready.reason ?? "").toMatchObject({ state: "ready" });
    const ups = ready.operations.filter(({ kind }) => kind === "up");
    expect(ups.map(({ state }) => state).sort()).toEqual(["failed", "succeeded"]);
    expect(ups.find(({ state }) => state === "failed")?.failure).toMatchObject({ code: "lost" });
    expect(await removeByHand(stack, id)).toMatchObject({ state: "deleted", proofComplete: true });
    await expectGone(id, namespace);
  });

  test("an environment keeps the provider of its state; a new one without the plugin it needs says what to install", async () => {
    const made = await makeEnvironment(
      stack,
      "kept",
      template,
      await uploadFiles(stack, configMap("0")),
      away,
    );
    expect(made, made.reason ?? "").toMatchObject({ state: "ready", cluster: away });
    const there = await createKubectl(away);
    const provisioner = ["deployment/seatrial-provisioner", "-n", "seatrial"];
    await there.run(["set", "env", ...provisioner, "SEATRIAL_KUBERNETES_PROVIDER=plugin"]);
    await there.run(["rollout", "status", ...provisioner, "--timeout=240s"]);
    const contentSha256 = await uploadFiles(stack, configMap("1"));
    await stack.project.updateEnvironment(made.id, { template, contentSha256 });
    expect(await appliedIs(made.id, 2)).toBe(true);
    const other = await makeEnvironment(stack, "other", template, contentSha256, away);
    expect(other.state).toBe("failed");
    expect(other.operations.find(({ kind }) => kind === "up")?.failure).toMatchObject({
      code: "provider_missing",
      message: expect.stringContaining("pulumi plugin install resource kubernetes v4.34.2"),
    });
    for (const { id } of [made, other])
      expect(await removeByHand(stack, id)).toMatchObject({ state: "deleted", proofComplete: true });
  });

  test("what has had its time is removed by itself", async () => {
    const { id, namespace, expiresAt } = short;
    const gone = await untilState(stack, id, "deleted", "stuck");
    expect(gone).toMatchObject({ state: "deleted", wanted: "gone", proofComplete: true });
    expect(gone.readyAt).not.toBeNull();
    expect(Date.parse(gone.deletedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(expiresAt));
    await expectGone(id, namespace);
  });
});
