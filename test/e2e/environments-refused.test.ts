import type { EnvironmentTemplateInput } from "@seatrial/contracts/environments/environment-template.ts";
import { builtInFields } from "@seatrial/env-provisioner/templates/fields/known-fields.ts";
import { readBuiltInFields } from "@seatrial/env-provisioner/templates/fields/read-built-in-fields.ts";
import { createKubeClient } from "@seatrial/kube-link/kube-client.ts";
import { openKubernetes } from "@seatrial/kube-link/open-kubernetes.ts";
import { labKubeconfig } from "@seatrial/lab/lab-kubeconfig.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Files,
  listByKubectl,
  listEverything,
  makeEnvironment,
  namespaceIsThere,
  removeByHand,
  untilState,
  uploadFiles,
} from "../support/environments-in-lab.ts";
import { createKubectl, type Kubectl } from "../support/lab-pods.ts";
import { canRunLab, type LabStack, openLabStack } from "../support/lab-stack.ts";

type Component = EnvironmentTemplateInput["components"][number];
const chartFile = "apiVersion: v2\nname: shop\nversion: 0.1.0\n";
const configMap = (name: string, more = "") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}data: {a: b}\n`;
const manifests: Component = { name: "app", kind: "manifests", path: "app.yaml" };
const chart: Component = { name: "app", kind: "chart", path: "shop" };
/** An image that no registry has. */
const endless = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: endless}
spec:
  selector: {matchLabels: {app: endless}}
  template:
    metadata: {labels: {app: endless}}
    spec: {containers: [{name: main, image: "10.88.0.1:5000/no/such:image"}]}
`;

const misspelt = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: endless}
spec:
  selector: {matchLabels: {app: endless}}
  template:
    metadata: {labels: {app: endless}}
    spec:
      containers:
      - name: main
        image: busybox
        readinesProbe: {}
`;

type Refusal = {
  files: Files;
  component: Component;
  code: string;
  message: RegExp;
  file?: string;
  line?: number;
  timeoutSeconds?: number;
  podSecurity?: "restricted";
};
/** Refused before anything is in the cluster. */
const before: Record<string, Refusal> = {
  "a chart that does not render": {
    files: {
      "shop/Chart.yaml": chartFile,
      "shop/templates/app.yaml": 'a: 1\nb: {{ fail "broken on purpose" }}\n',
    },
    component: chart,
    code: "render_failed",
    message: /broken on purpose/,
    file: "shop/templates/app.yaml",
    line: 2,
  },
  "a value of the wrong type": {
    files: {
      "shop/Chart.yaml": chartFile,
      "shop/values.yaml": "service: {port: 80}\n",
      "shop/templates/app.yaml": "# comment\n---\na: {{ .Values.service.port }}\n",
    },
    component: { ...chart, values: { service: "text" } },
    code: "render_failed",
    message: /service/,
    file: "shop/templates/app.yaml",
    line: 3,
  },
  "an install hook": {
    files: {
      "shop/Chart.yaml": chartFile,
      "shop/templates/hook.yaml": configMap("hook", "  annotations: {helm.sh/hook: pre-install}\n"),
    },
    component: chart,
    code: "object_refused",
    message: /pre-install/,
    file: "shop/templates/hook.yaml",
  },
  "an object in another namespace": {
    files: { "app.yaml": `${configMap("mine")}---\n${configMap("theirs", "  namespace: kube-system\n")}` },
    component: manifests,
    code: "object_refused",
    message: /ConfigMap theirs is in another namespace/,
    file: "app.yaml",
    line: 7,
  },
  "a cluster-scoped object that the cluster's owner does not permit": {
    files: {
      "app.yaml":
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\nrules: []\n",
    },
    component: manifests,
    code: "object_refused",
    message: /ClusterRole/,
    file: "app.yaml",
    line: 1,
  },
  "a field that its type does not have": {
    files: { "app.yaml": `${configMap("fine")}---${misspelt}` },
    component: manifests,
    code: "object_refused",
    message:
      /Deployment endless has the unknown field spec\.template\.spec\.containers\[0\]\.readinesProbe: did you mean readinessProbe\?/,
    file: "app.yaml",
    line: 18,
  },
  "a field that a type of somebody else in the cluster does not have": {
    files: {
      "app.yaml":
        "apiVersion: example.com/v1\nkind: Gadget\nmetadata: {name: mine}\nspec:\n  size: 1\n  colour: red\n",
    },
    component: manifests,
    code: "object_refused",
    message: /Gadget mine has the unknown field spec\.colour: did you mean color\?/,
    file: "app.yaml",
    line: 6,
  },
  "a manifest of 5 MB": {
    files: { "app.yaml": configMap("large").replace("a: b", `a: "${"x".repeat(5 * 1_048_576)}"`) },
    component: manifests,
    code: "template_invalid",
    message: /large|bytes|MB|MiB/,
    file: "app.yaml",
  },
  "an object that Kubernetes itself puts into every namespace": {
    files: { "app.yaml": configMap("kube-root-ca.crt") },
    component: manifests,
    code: "object_refused",
    message: /kube-root-ca\.crt/,
    file: "app.yaml",
    line: 1,
  },
};
/** A type that the cluster's owner installed. */
const gadgets = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "gadgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { kind: "Gadget", plural: "gadgets" },
    versions: [
      {
        ...{ name: "v1", served: true, storage: true },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: { size: { type: "integer" }, color: { type: "string" } },
              },
            },
          },
        },
      },
    ],
  },
};
/** Found out in the cluster. */
const within: Record<string, Refusal> = {
  "an image that never becomes ready": {
    files: { "app.yaml": endless },
    component: manifests,
    code: "not_ready",
    message: /endless/,
    timeoutSeconds: 8,
  },
  "a pod that may more than the template's level of pod security": {
    files: { "app.yaml": endless },
    component: manifests,
    code: "not_ready",
    message: /endless.*violates PodSecurity "restricted/s,
    timeoutSeconds: 8,
    podSecurity: "restricted",
  },
  "a volume claim that asks for more than an environment may have": {
    files: {
      "app.yaml":
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec:\n  accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Ti}}\n",
    },
    component: manifests,
    code: "apply_refused",
    message: /PersistentVolumeClaim.*data.*exceeded quota: seatrial-quota, requested: requests\.storage=1Ti/s,
    file: "app.yaml",
    line: 1,
  },
  "an operation that its deadline ends": {
    files: { "app.yaml": endless },
    component: manifests,
    code: "deadline",
    message: /too long|did not end within/,
    timeoutSeconds: 600,
  },
};

describe.runIf(canRunLab)("what an environment cannot be made of, on a real cluster", () => {
  let stack: LabStack;
  let kubectl: Kubectl;
  beforeAll(async () => {
    stack = await openLabStack({ environments: { operationSeconds: 20 } });
    kubectl = await createKubectl(stack.clusters[0] ?? "");
    await kubectl.apply(gadgets);
    await kubectl.run(["wait", "--for=condition=Established", "--timeout=180s", "crd/gadgets.example.com"]);
  });
  afterAll(() => stack?.close());

  /** Objects of any type, in any namespace, that were not there before. */
  async function newSince(before: ReadonlySet<string>): Promise<string[]> {
    return [...(await listEverything(kubectl))].filter((line) => !before.has(line));
  }
  async function refused({ files, component, timeoutSeconds = 60, podSecurity, ...expected }: Refusal) {
    const content = await uploadFiles(stack, files);
    const made = await makeEnvironment(
      stack,
      "preview",
      { components: [component], timeoutSeconds, ...(podSecurity ? { podSecurity } : {}) },
      content,
    );
    expect(made.state).toBe("failed");
    const { failure } = made.operations.find(({ kind }) => kind === "up") ?? {};
    expect(failure, JSON.stringify(failure)).toMatchObject({
      code: expected.code,
      message: expect.stringMatching(expected.message),
      ...(expected.file === undefined ? {} : { file: expected.file }),
      ...(expected.line === undefined ? {} : { line: expected.line }),
    });
    return made;
  }

  test.each(Object.entries(before))("%s is refused with nothing in the cluster", async (_name, refusal) => {
    const before = await listEverything(kubectl);
    const made = await refused(refusal);
    expect(await namespaceIsThere(kubectl, made.namespace)).toBe(false);
    expect(await listByKubectl(kubectl, made.id)).toEqual([]);
    expect(await newSince(before)).toEqual([]);
    expect(await removeByHand(stack, made.id)).toMatchObject({ state: "deleted" });
  });

  test.each(Object.entries(within))("%s fails, and its removal leaves nothing", async (_name, refusal) => {
    const before = await listEverything(kubectl);
    const made = await refused(refusal);
    const removed = await removeByHand(stack, made.id);
    expect(removed).toMatchObject({ state: "deleted", proofComplete: true });
    expect(await namespaceIsThere(kubectl, made.namespace)).toBe(false);
    expect(await listByKubectl(kubectl, made.id)).toEqual([]);
    expect(await newSince(before)).toEqual([]);
  });

  test("the fields that are known by heart are those of the lab's Kubernetes", async () => {
    const { path, context } = await labKubeconfig(stack.clusters[0] ?? "");
    const kube = createKubeClient(
      await openKubernetes({ kubeconfig: path, context, inClusterAddress: null }),
    );
    try {
      expect(await readBuiltInFields(kube)).toEqual(builtInFields());
    } finally {
      await kube.close();
    }
  });

  test("an object of somebody else is left as it is, and its environment still ends with a proof", async () => {
    const before = await listEverything(kubectl);
    const content = (name: string) => uploadFiles(stack, { "app.yaml": configMap(name) });
    const template = { components: [manifests], timeoutSeconds: 60 };
    const made = await makeEnvironment(stack, "preview", template, await content("ours"));
    expect(made, made.reason ?? "").toMatchObject({ state: "ready" });
    const place = ["-n", made.namespace, "configmap", "theirs"];
    await kubectl.run(["create", ...place, "--from-literal=of=somebody else"]);
    const read = () =>
      kubectl.run(["get", ...place, "-o", "jsonpath={.metadata.uid} {.data} {.metadata.labels}"]);
    const asItWas = await read();
    const contentSha256 = await content("theirs");
    await stack.project.updateEnvironment(made.id, { template, contentSha256 });
    const failed = await untilState(stack, made.id, "failed");
    const failure = failed.operations.find(({ kind }) => kind === "update")?.failure;
    expect(failure, JSON.stringify(failure)).toMatchObject({
      code: "foreign_object",
      message: expect.stringMatching(/ConfigMap.*theirs/),
    });
    expect(await read()).toBe(asItWas);
    expect(await removeByHand(stack, made.id)).toMatchObject({ state: "deleted", proofComplete: true });
    expect(await newSince(before)).toEqual([]);
  });
});
