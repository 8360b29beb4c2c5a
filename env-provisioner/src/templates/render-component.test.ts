import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OperationError } from "../operation-error.ts";
import { createKnownFields } from "./fields/known-fields.ts";
import { type ContentFolder, createContentFolder, findPodinfo } from "./testing/content-folder.ts";

let content: ContentFolder;

beforeAll(async () => {
  content = await createContentFolder();
  const podinfo = await findPodinfo();
  await content.copy(`${podinfo}/charts`, "charts");
  await content.copy(`${podinfo}/kustomize`, "kustomize");
  await content.copy(`${podinfo}/deploy`, "deploy");
});
afterAll(() => content.close());

const chart = { kind: "chart", path: "charts/podinfo", name: "podinfo" };
const names = (objects: readonly { key: string }[]) => objects.map(({ key }) => key);

const manyKeys = (count: number) => Array.from({ length: count }, (_, index) => `k${index}: 1`).join(", ");

async function refusal(work: Promise<unknown>): Promise<OperationError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof OperationError) return error;
  throw error ?? new Error("it was not refused");
}

describe("podinfo's own chart", () => {
  test("becomes its objects with stable keys, and its tests are left out and listed", async () => {
    const { objects, leftOut } = await content.render({ ...chart, values: { redis: { enabled: true } } });
    expect(names(objects)).toEqual([
      "podinfo/v1/ConfigMap/podinfo-redis",
      "podinfo/v1/Service/podinfo",
      "podinfo/v1/Service/podinfo-redis",
      "podinfo/apps/v1/Deployment/podinfo",
      "podinfo/apps/v1/Deployment/podinfo-redis",
    ]);
    expect(leftOut).toEqual([
      "Pod/podinfo-grpc-test-* (charts/podinfo/templates/tests/grpc.yaml)",
      "Pod/podinfo-jwt-test-* (charts/podinfo/templates/tests/jwt.yaml)",
      "Pod/podinfo-service-test-* (charts/podinfo/templates/tests/service.yaml)",
    ]);
    expect(objects[3]?.source).toEqual({ file: "charts/podinfo/templates/deployment.yaml", line: 2 });
    expect(objects.map(({ object }) => object.metadata.namespace)).toEqual(
      Array.from(objects, () => "shop-pr-12-k3x"),
    );
  });

  test("renders to the same plan again", async () => {
    expect(await content.render(chart)).toEqual(await content.render(chart));
  });

  test("only a workload that names a config map waits, and only for that", async () => {
    const { objects } = await content.render({ ...chart, values: { redis: { enabled: true } } });
    expect(objects.filter(({ after }) => after.length > 0).map(({ key, after }) => [key, after])).toEqual([
      ["podinfo/apps/v1/Deployment/podinfo-redis", ["podinfo/v1/ConfigMap/podinfo-redis"]],
    ]);
  });

  test("sees the target's version and APIs", async () => {
    await content.write({
      "seen/Chart.yaml": "apiVersion: v2\nname: seen\nversion: 1.0.0\n",
      "seen/templates/seen.yaml":
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: seen}\ndata:\n  version: {{ .Capabilities.KubeVersion.Version }}\n  has: {{ .Capabilities.APIVersions.Has "example.com/v1/Thing" | quote }}\n  release: {{ .Release.Name }} in {{ .Release.Namespace }}\n',
    });
    const target = {
      kubeVersion: "v1.34.1",
      apiVersions: ["example.com/v1/Thing"],
      resources: { isNamespaced: () => true, learn: () => undefined },
      fields: createKnownFields(),
    };
    const { objects } = await content.render({ kind: "chart", path: "seen" }, { target });
    expect(objects[0]?.object.data).toEqual({
      version: "v1.34.1",
      has: "true",
      release: "app in shop-pr-12-k3x",
    });
  });

  test("takes value files in their order, then written values with their variables", async () => {
    await content.write({
      "first.yaml": "replicaCount: 2\nui: {message: one, color: red}\n",
      "second.yaml": "ui: {message: two}\n",
    });
    const { objects } = await content.render({
      ...chart,
      valueFiles: ["first.yaml", "second.yaml"],
      values: {
        ui: { color: "${change.branch}-${environment.id}" },
        podAnnotations: { shell: "${HOME} $${change.sha}" },
      },
    });
    const deployment = JSON.stringify(objects.find(({ object }) => object.kind === "Deployment")?.object);
    expect(deployment).toContain('"replicas":2');
    expect(deployment).toContain('{"name":"PODINFO_UI_MESSAGE","value":"two"}');
    expect(deployment).toContain('{"name":"PODINFO_UI_COLOR","value":"rename-greeting-e-aaaaaaaaaaaaaaaa"}');
    expect(deployment).toContain('"shell":"${HOME} ${change.sha}"');
  });

  test("takes other images, by name or as written", async () => {
    const plain = await content.render({ ...chart, values: { redis: { enabled: true } } });
    const redis = /"image":"([^"]*redis[^"]*)"/.exec(JSON.stringify(plain.objects))?.[1] ?? "";
    const { objects } = await content.render({
      ...chart,
      values: { redis: { enabled: true } },
      images: {
        "ghcr.io/stefanprodan/podinfo": "registry.example.com:5000/podinfo:${change.sha}",
        [redis]: "redis:small",
      },
    });
    const images = [...JSON.stringify(objects).matchAll(/"image":"([^"]*)"/g)].map(([, image]) => image);
    expect(images).toEqual(["registry.example.com:5000/podinfo:4f2c1e9", "redis:small"]);
  });
});

describe("a kustomization", () => {
  test("of podinfo becomes its objects, each with the file it comes from", async () => {
    const { objects } = await content.render({ kind: "kustomization", path: "kustomize" });
    expect(objects.map(({ object, source }) => [object.kind, source?.file])).toEqual([
      ["Service", "kustomize/service.yaml"],
      ["Deployment", "kustomize/deployment.yaml"],
      ["HorizontalPodAutoscaler", "kustomize/hpa.yaml"],
    ]);
    expect(JSON.stringify(objects)).not.toContain("config.kubernetes.io");
  });

  test("may build upon other folders of the content, generators and transformers included", async () => {
    const { objects } = await content.render({ kind: "kustomization", path: "deploy/overlays/dev" });
    expect(names(objects)).toContain("app/v1/ConfigMap/redis-config-bd2fcfgt6k");
    expect(objects.find(({ object }) => object.kind === "ConfigMap")?.source?.file).toBe(
      "deploy/bases/cache/kustomization.yaml",
    );
  });

  const object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
  test.each([
    [
      "resources:\n- https://example.com/x.yaml\n",
      "bad/kustomization.yaml:2: names an address, and nothing is fetched: put its files into the repository and name their folder",
    ],
    [
      "resources:\n- github.com/acme/base?ref=v1\n",
      "bad/kustomization.yaml:2: names an address, and nothing is fetched: put its files into the repository and name their folder",
    ],
    [
      "resources: [x.yaml]\nconfigMapGenerator:\n- name: a\n  files:\n  - a=https://example.com/x\n",
      "bad/kustomization.yaml:5: names an address, and nothing is fetched: put its files into the repository and name their folder",
    ],
    [
      "resources: [x.yaml]\npatches:\n- path: http://example.com/x\n",
      "bad/kustomization.yaml:3: names an address, and nothing is fetched: put its files into the repository and name their folder",
    ],
    [
      "resources:\n- ../../etc\n",
      "bad/kustomization.yaml:2: ../../etc leads out of the content: keep it inside",
    ],
    [
      "resources: [y.yaml]\n",
      "bad/kustomization.yaml:1: there is no file or folder bad/y.yaml in the content (did you mean bad/x.yaml?)",
    ],
    [
      "helmCharts: [{name: x}]\n",
      "bad/kustomization.yaml:1: helmCharts is not supported: make the chart a component of its own",
    ],
    ["resource: [x.yaml]\n", 'bad: unknown field "resource"'],
    ["resources: [twice.yaml]\n", "bad: ConfigMap.v1.[noGrp]/a.[noNs] is there twice"],
    [
      "resources: [x.yaml]\npatches: [{patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}'}]\n",
      "bad: a patch fits no object: ConfigMap.v1.[noGrp]/b.[noNs]",
    ],
    [
      "resources: [x.yaml]\npatches: [{path: ../kustomize/hpa.yaml}]\n",
      "bad: kustomize/hpa.yaml is outside the folder that names it",
    ],
    [
      "secretGenerator: [{name: a, literals: [canary-s3cret]}]\n",
      "bad: kustomize cannot build it (see why with: kubectl kustomize bad)",
    ],
  ])("%j is refused", async (text, message) => {
    await content.write({
      "bad/x.yaml": object,
      "bad/twice.yaml": `${object}---\n${object}`,
      "bad/kustomization.yaml": text,
    });
    const error = await refusal(content.render({ kind: "kustomization", path: "bad" }));
    expect(error.message).toBe(message);
    expect(["template_invalid", "render_failed"]).toContain(error.code);
  });
});

describe("manifests", () => {
  test("of a folder are all read, lists unrolled, as Kubernetes reads YAML", async () => {
    await content.write({
      "m/b.yml":
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: s1}}\n- {apiVersion: v1, kind: Secret, metadata: {name: s2}}\n",
      "m/a.yaml":
        "---\n# nothing\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {mode: 0644, sure: yes, at: 12:30, day: 2026-01-01}\n",
      "m/inner/c.json": '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}}',
      "m/README.md": "not: a manifest",
    });
    const { objects } = await content.render({ kind: "manifests", path: "m" });
    expect(objects.map(({ object, source }) => [object.metadata.name, source])).toEqual([
      ["c", { file: "m/a.yaml", line: 4 }],
      ["s1", { file: "m/b.yml", line: 4 }],
      ["s2", { file: "m/b.yml", line: 5 }],
      ["web", { file: "m/inner/c.json", line: 1 }],
    ]);
    expect(objects.find(({ object }) => object.kind === "ConfigMap")?.object.data).toEqual({
      mode: 420,
      sure: true,
      at: "12:30",
      day: "2026-01-01",
    });
  });
  test("get variables after parsing: a branch's name is never YAML, and a bare output keeps its kind", async () => {
    await content.write({
      "v.yaml":
        'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  port: ${components.db.port}\n  quoted: "${components.db.port}"\n  branch: ${change.branch}\n  shell: ${HOME} $${change.sha}\n',
    });
    const context = { outputs: { db: { port: "5432" } }, change: { sha: null, branch: "a: {b: [" } };
    const { objects } = await content.render({ kind: "manifests", path: "v.yaml" }, context);
    expect(objects[0]?.object.spec).toEqual({
      port: 5432,
      quoted: "5432",
      branch: "a: {b: [",
      shell: "${HOME} ${change.sha}",
    });
  });

  test("that need a definition, rights or configuration wait for exactly that", async () => {
    await content.write({
      "w.yaml": [
        "{apiVersion: example.com/v1, kind: Thing, metadata: {name: t}}",
        "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: things.example.com}, spec: {group: example.com, scope: Namespaced, names: {kind: Thing}, versions: [{name: v1}]}}",
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: sa}}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: r}}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: rb}, roleRef: {kind: Role, name: r}, subjects: [{kind: ServiceAccount, name: sa}]}",
        "{apiVersion: v1, kind: Secret, metadata: {name: s}}",
        "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: p}}",
        "{apiVersion: v1, kind: Service, metadata: {name: d}}",
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {template: {spec: {serviceAccountName: sa, volumes: [{secret: {secretName: s}}, {persistentVolumeClaim: {claimName: p}}], containers: [{image: x}]}}}}",
      ].join("\n---\n"),
    });
    const { objects } = await content.render({ kind: "manifests", path: "w.yaml" });
    const waits = Object.fromEntries(
      objects.map(({ object, after }) => [
        `${object.kind}/${object.metadata.name}`,
        after.map((key) => key.split("/").slice(-2).join("/")),
      ]),
    );
    expect(waits).toMatchObject({
      "Thing/t": ["CustomResourceDefinition/things.example.com"],
      "RoleBinding/rb": ["Role/r"],
      "ServiceAccount/sa": [],
      "Secret/s": [],
      "Service/d": [],
      "Deployment/d": ["RoleBinding/rb", "Secret/s", "ServiceAccount/sa"],
    });
    expect(objects.map(({ namespaced }) => namespaced).filter((namespaced) => !namespaced)).toHaveLength(1);
  });

  test.each([
    ["kind: ConfigMap\nmetadata: {name: a}\n", "bad.yaml:1: an object has no apiVersion: write it as text"],
    ["apiVersion: v1\nkind: ConfigMap\n", "bad.yaml:1: ConfigMap has no metadata: write metadata: {name: …}"],
    [
      "apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n",
      "bad.yaml:1: Pod has generateName: write metadata.name, so that an update finds it again",
    ],
    [
      "\n- a\n",
      "bad.yaml:2: is not a Kubernetes object: it must be keys and values with apiVersion, kind and metadata",
    ],
    [
      "a: b\nc: canary-s3cret: d\n",
      "bad.yaml:2: not valid YAML: a second ':' in one line: put the value in quotes",
    ],
    [
      "a: {b: 1, <<: {c: 1}, <<: {d: 1}}\ne: {f: 1, f: 2}\n",
      "bad.yaml:2: not valid YAML: a key is written twice: keep one",
    ],
    [
      `a: {${manyKeys(60_000)}}\nb: {${manyKeys(60_000)}}\n`,
      "bad.yaml:1: has 120002 keys in one document, at most 100000 are read: split it, or load large data when the pod starts",
    ],
    [
      `a:\n  {${manyKeys(90_000)},\n  k4500: 2}\n`,
      "bad.yaml:3: not valid YAML: a key is written twice: keep one",
    ],
    ["a: b\na: canary-s3cret\n", "bad.yaml:2: not valid YAML: a key is written twice: keep one"],
    [
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {version: 1.0}}\n",
      'bad.yaml:1: ConfigMap a: metadata.labels "version" must be text: put it in quotes',
    ],
    [
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
      "bad.yaml:5: ConfigMap a is there twice (also in bad.yaml:1): keep one",
    ],
    [
      "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\n",
      "bad.yaml:1: the cluster has no Thing of example.com/v1 (a): install its definition there, or bring it in an earlier component",
    ],
    [
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: ${environment.ip}\n",
      "bad.yaml:5: there is no ${environment.ip} (did you mean ${environment.id}?; write $${environment.ip} to keep it as it stands)",
    ],
    [
      `# ${"x".repeat(5_000_000)}\n`,
      "bad.yaml: it renders to more than 4 MiB of YAML: make it smaller, or load large data when the pod starts",
    ],
  ])("%.60j is refused", async (text, message) => {
    await content.write({ "bad.yaml": text });
    const error = await refusal(content.render({ kind: "manifests", path: "bad.yaml" }));
    expect(error).toMatchObject({ code: "template_invalid", message });
  });

  test("that are not there are refused with the nearest name", async () => {
    const error = await refusal(content.render({ kind: "manifests", path: "kustomize/deploymnt.yaml" }));
    expect(error.message).toBe(
      "there is no manifest kustomize/deploymnt.yaml in the content (did you mean kustomize/deployment.yaml?)",
    );
  });
});

describe("a chart that does not render is refused with template, line and value, and quotes no value", () => {
  const template = "charts/podinfo/templates/zz.yaml";
  test.each([
    ['{{ required "A valid host is needed" .Values.host }}', {}, `${template}:1: "A valid host is needed"`],
    [
      '\n{{ fail (printf "bad %s" .Values.ui.color) }}',
      { ui: { color: "canary-s3cret" } },
      `${template}:2: the chart's own check refuses these values`,
    ],
    [
      "{{ range .Values.ui.color }}a{{ end }}",
      { ui: { color: "canary-s3cret" } },
      `${template}:1: range can't iterate over at {{ .Values.ui.color }} (ui.color is set in values)`,
    ],
    [
      "{{ .Values.nothing.here }}",
      {},
      `${template}:1: nil pointer evaluating interface {}.here at {{ .Values.nothing.here }}`,
    ],
    ["{{ .Values.ui }", {}, `${template}:1: unexpected "}" in operand`],
    ["{{ nofunction 1 }}", {}, `${template}:1: function "nofunction" not defined`],
    [
      "apiVersion: v1\nkind: ConfigMap\nmetadata: a: {{ .Values.ui.color }}\n",
      { ui: { color: "canary-s3cret" } },
      `${template}: line 3 of what it renders is no YAML: mapping values are not allowed in this context`,
    ],
    [
      'apiVersion: v1\nkind: Job\nmetadata:\n  name: migrate\n  annotations: {"helm.sh/hook": pre-install}\n',
      {},
      `${template}:2: Job migrate is a pre-install hook: hooks do not run here. Switch it off in the values, or make it a plain Job of the chart or a component of its own`,
    ],
    [
      'apiVersion: v1\nkind: Job\nmetadata:\n  name: x\n  annotations: {"helm.sh/hook": after-lunch}\n',
      {},
      "charts/podinfo: helm does not know the hook after-lunch and would leave its object out: remove the annotation helm.sh/hook",
    ],
  ])("%j", async (text, values, message) => {
    await content.write({ [template]: text });
    const error = await refusal(content.render({ ...chart, values })).finally(() =>
      content.write({ [template]: "" }),
    );
    expect(error.message).toBe(message);
  });

  test("a value of the wrong type is named with its file and line", async () => {
    await content.write({ "wrong.yaml": "logLevel: info\nredis: canary-s3cret\n" });
    const error = await refusal(content.render({ ...chart, valueFiles: ["wrong.yaml"] }));
    expect(error.code).toBe("render_failed");
    expect(error.message).toContain(
      "can't evaluate field enabled in type interface {} at {{ .Values.redis.enabled }} (redis is set in wrong.yaml:2)",
    );
    expect(error.message).not.toContain("canary");
  });

  test("a value that the chart's schema refuses is named with its file and line", async () => {
    await content.write({
      "schema/Chart.yaml": "apiVersion: v2\nname: schema\nversion: 1.0.0\n",
      "schema/values.schema.json":
        '{"properties": {"replicas": {"type": "integer"}, "mode": {"enum": ["a"]}}}',
      "wrong.yaml": "a: 1\nreplicas: canary-s3cret\n",
      "mode.yaml": "mode: canary-s3cret\n",
    });
    const error = await refusal(
      content.render({ kind: "chart", path: "schema", valueFiles: ["wrong.yaml"] }),
    );
    expect(error).toMatchObject({
      code: "template_invalid",
      message: "wrong.yaml:2: replicas: got string, want integer (the chart's values.schema.json says so)",
      place: { file: "wrong.yaml", line: 2 },
    });
    const other = await refusal(content.render({ kind: "chart", path: "schema", valueFiles: ["mode.yaml"] }));
    expect(other.message).toBe("mode.yaml:1: mode: does not fit (the chart's values.schema.json says so)");
  });

  test.each([
    [{ valueFiles: ["none.yaml"] }, /^there is no value file none\.yaml in the content/],
    [{ valueFiles: ["list.yaml"] }, /^list\.yaml:1: must be keys and values at its top$/],
    [{ valueFiles: ["broken.yaml"] }, /^broken\.yaml:1: not valid YAML/],
    [
      { path: "charts/podinf" },
      /^there is no chart charts\/podinf in the content \(did you mean charts\/podinfo\?\)$/,
    ],
    [{ path: "kustomize" }, /^kustomize: is no Helm chart: Chart\.yaml is missing or wrong$/],
    [
      { path: "needs" },
      /^needs\/Chart\.yaml: dependencies are missing in charts\/: redis \(run helm dependency build there/,
    ],
    [
      { images: { "ghcr.io/stefanprodan/podinf": "x" } },
      /no container uses "ghcr.io\/stefanprodan\/podinf" \(did you mean ghcr\.io\/stefanprodan\/podinfo\?\)$/,
    ],
    [
      { values: { tag: "${components.db.prot}" } },
      /^values of component podinfo\.tag: there is no \$\{components\.db\.prot\} \(did you mean \$\{components\.db\.port\}\?/,
    ],
    [
      { values: { tag: "${change.branch}" } },
      /\$\{change\.branch\} is not known: this environment has no branch$/,
    ],
  ])("%j", async (changes, message) => {
    await content.write({
      "list.yaml": "- a\n",
      "broken.yaml": "a: b\n c: canary-s3cret: d\n",
      "needs/Chart.yaml":
        "apiVersion: v2\nname: needs\nversion: 1.0.0\ndependencies:\n- {name: redis, version: 1.0.0, repository: 'https://example.com'}\n",
    });
    const context = { outputs: { db: { port: "1" } }, change: { sha: "a", branch: null } };
    const error = await refusal(content.render({ ...chart, ...changes }, context));
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("canary");
  });

  test("more than all components may render together is refused", async () => {
    const budget = { bytes: 100_000, objects: 3 };
    await content.render({ ...chart }, { budget });
    expect(budget.objects).toBe(1);
    const error = await refusal(content.render({ ...chart }, { budget }));
    expect(error.message).toBe("charts/podinfo: the environment has more than 2000 objects: make it smaller");
  });
});
