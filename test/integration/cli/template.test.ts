import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findModuleFolder } from "@seatrial/toolchain/find-module-folder.ts";
import { findTools } from "@seatrial/toolchain/find-tool.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { type CliPlace, createCliPlace } from "../../support/run-cli.ts";

let place: CliPlace;
beforeAll(async () => {
  // The command line gets a home of its own, where no tool is in the cache.
  const { helm, kubectl } = await findTools(["helm", "kubectl"]);
  place = await createCliPlace({ SEATRIAL_TOOL_HELM: helm.path, SEATRIAL_TOOL_KUBECTL: kubectl.path });
  const podinfo = await findModuleFolder(
    "github.com/stefanprodan/podinfo",
    "v1.8.1-0.20250910200901-e86405a8674e",
  );
  for (const folder of ["charts", "deploy"])
    await cp(join(podinfo, folder), join(place.folder, folder), { recursive: true });
  await write("seatrial.yaml", configuration);
  await write(
    "mistyped.yaml",
    [
      ...["apiVersion: v1", "kind: Pod", "metadata:", "  name: x", "spec:", "  containers:"],
      ...[
        "    - name: main",
        "      image: x",
        "      imagePulPolicy: Always",
        "# the wrong place",
        "containers: []",
      ],
    ].join("\n"),
  );
  await write("mistyped-chart/Chart.yaml", "apiVersion: v2\nname: mistyped\nversion: 0.1.0\n");
  await write(
    "mistyped-chart/templates/app.yaml",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: why}\ndatum: {a: b}\n",
  );
  await write("bad/job.yaml", "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: x\n  namespace: other\n");
  await write(
    "bad/role.yaml",
    "\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: x}\n",
  );
});
afterAll(() => place.close());

const configuration = `version: 1
suites:
  api: {tool: pytest}
environments:
  preview:
    chart: charts/podinfo
    values: {redis: {enabled: true}, ui: {message: "yes"}}
    expose: {web: 9898}
  other: {kustomize: deploy/overlays/dev}
  mistyped:
    components:
    - {name: pods, manifests: mistyped.yaml}
    - {name: chart, chart: mistyped-chart}
  bad:
    components:
    - manifests: bad
    - {name: broken, chart: charts/podinfo, values: {redis: canary-s3cret}}
    - {chart: charts/podinfo, values: {color: "\${environment.id}"}}
`;

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(place.folder, path)), { recursive: true });
  await writeFile(join(place.folder, path), text);
}

test("render prints every object with its file, guardrails first, as YAML that Kubernetes reads", async () => {
  const answer = await place.run(["template", "render", "preview"]);
  expect(answer.code).toBe(0);
  const objects = parseAllDocuments(answer.out, { version: "1.1" }).map((document) => document.toJS());
  expect(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([
    "Namespace/preview-example",
    "ResourceQuota/seatrial-quota",
    "LimitRange/seatrial-defaults",
    "NetworkPolicy/seatrial-deny",
    "NetworkPolicy/seatrial-allow",
    "ServiceAccount/default",
    "ConfigMap/podinfo-redis",
    "Service/podinfo",
    "Service/podinfo-redis",
    "Deployment/podinfo",
    "Deployment/podinfo-redis",
  ]);
  expect(
    objects.every(({ metadata }) => metadata.labels["seatrial.dev/environment"] === "e-exampleexampleex"),
  ).toBe(true);
  expect(answer.out).toContain("# Source: podinfo: charts/podinfo/templates/deployment.yaml");
  expect(answer.out).toContain('value: "yes"');
  expect(answer.err).toContain("left out (a test of its chart): Pod/podinfo-grpc-test-* ");
});

test("render prints JSON that kubectl reads", async () => {
  const answer = await place.run(["template", "render", "preview", "--out", "json"]);
  expect(JSON.parse(answer.out)).toMatchObject({ kind: "List", items: expect.any(Array) });
});

test("check says what would be applied", async () => {
  const answer = await place.run(["template", "check", "preview"]);
  expect(answer).toMatchObject({ code: 0, err: "" });
  expect(answer.out).toContain("✓ preview: 5 objects and 6 guardrails would be applied");
});

test("check names every refusal of every component with file and line, ends with 1, and shows no value", async () => {
  const answer = await place.run(["template", "check", "bad"]);
  expect(answer.code).toBe(1);
  expect(answer.out).toContain("✗ bad/job.yaml:1: Job x is in another namespace than the environment's");
  expect(answer.out).toContain("✗ bad/role.yaml:2: ClusterRole x is cluster-scoped");
  expect(answer.out).toMatch(
    /✗ charts\/podinfo\/templates\/\S+:\d+: can't evaluate field enabled .*\(redis is set in values\)/,
  );
  expect(answer.out).toContain("bad: 3 things would be refused");
  expect(answer.out + answer.err).not.toContain("canary");
});

test("check names fields that a type does not have, also where a chart made them", async () => {
  const answer = await place.run(["template", "check", "mistyped"]);
  expect(answer.code).toBe(1);
  expect(answer.out).toContain(
    "✗ mistyped.yaml:9: Pod x has the unknown field spec.containers[0].imagePulPolicy: did you mean imagePullPolicy?",
  );
  expect(answer.out).toContain("✗ mistyped.yaml:11: Pod x has the unknown field containers: remove it");
  expect(answer.out).toContain(
    "✗ mistyped-chart/templates/app.yaml:2: ConfigMap why has the unknown field datum",
  );
  expect(answer.out).toContain("mistyped: 3 things would be refused");
});

test("check tells programs the same", async () => {
  const answer = await place.run(["template", "check", "bad", "-o", "json"]);
  expect(JSON.parse(answer.out).refused).toContainEqual(
    expect.objectContaining({ component: "bad", place: { file: "bad/job.yaml", line: 1 } }),
  );
});

test("what the cluster would allow can be said", async () => {
  const answer = await place.run([
    "template",
    "check",
    "bad",
    "--allow",
    "rbac.authorization.k8s.io/ClusterRole",
  ]);
  expect(answer.out).toContain("ClusterRole x is cluster-scoped and would meet that of another environment");
});

test("an environment that is not there, or not named among several, is wrong usage", async () => {
  expect(await place.run(["template", "check", "previw"])).toMatchObject({
    code: 64,
    err: expect.stringContaining("did you mean preview?"),
  });
  expect(await place.run(["template", "check"])).toMatchObject({
    code: 64,
    err: expect.stringContaining("say which one: preview, other, mistyped, bad"),
  });
});
