import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type EnvironmentTemplateInput,
  environmentTemplateSchema,
} from "@seatrial/contracts/environments/environment-template.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { noRepairs } from "../blockers/repair-policy.ts";
import { createKnownFields } from "../templates/fields/known-fields.ts";
import { createResourceTypes } from "../templates/resource-types.ts";
import { createObjectServer, type ObjectServer } from "../testing/object-server.ts";
import { createContext } from "./create-context.ts";
import { planStages } from "./plan-stages.ts";

const namespace = "shop-preview-1";
const served: Record<string, boolean> = { "v1/ConfigMap": true, "scheduling.k8s.io/v1/PriorityClass": false };
const configMap = (name: string, value = "b") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: "${value}"}\n`;
const priorityClass = `apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: ${namespace}-low}\nvalue: 1\n`;
const manifests = (name: string) => ({ name, kind: "manifests" as const, path: `${name}.yaml` });

let folder: string;
let server: ObjectServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seatrial-plan-"));
  server = await createObjectServer();
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function plan(files: Record<string, string>, template: EnvironmentTemplateInput) {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const context = createContext(
    {
      type: "start",
      work: {
        ...{ project: "shop", environmentId: "e-1", name: "preview", operationId: "op-1", operation: "up" },
        ...{ number: 1, generation: 1, namespace, change: null, contentSha256: "", hasState: false },
        ...{
          expiresAtEpochSeconds: 1_900_000_000,
          stateKey: "",
          objects: [],
          endpoints: [],
          evidenceSince: null,
        },
        template: environmentTemplateSchema.parse(template),
      },
      settings: {
        cluster: "east",
        kubernetes: { kubeconfig: null, context: null, inClusterAddress: null },
        leaseNamespace: "seatrial",
        tools: { pulumi: "none", helm: "none", kubectl: "none" },
        provider: { kind: "embedded", pluginFolder: null, pluginVersion: "4.34.2" },
        clusterKinds: ["scheduling.k8s.io/PriorityClass"],
        limits: {
          cpuMillis: 1_000,
          memoryBytes: 1_073_741_824,
          pods: 10,
          storageBytes: 1_073_741_824,
          internet: false,
          closedNetworks: [],
        },
        repairs: noRepairs,
      },
      contentFile: null,
      sealedState: null,
      stateProvider: null,
      folder,
      holder: "one",
      ownHolders: { prefix: "", alive: [] },
    },
    {
      ...{ kube: server.kube, clock: createManualClock(), folder, signal: new AbortController().signal },
      stopReason: () => null,
      tell: () => undefined,
    },
  );
  const resources = createResourceTypes((apiVersion, kind) => served[`${apiVersion}/${kind}`] ?? null);
  return planStages(context, folder, {
    kubeVersion: "v1.36.3",
    apiVersions: [],
    resources,
    fields: createKnownFields(),
  });
}

test("the guardrails come first, then the components in their order", async () => {
  const { stages, rendered } = await plan(
    { "web.yaml": configMap("web"), "store.yaml": configMap("store") },
    { components: [manifests("web"), manifests("store")] },
  );
  expect(stages.map(({ name }) => name)).toEqual(["guardrails", "web", "store"]);
  const guards = await stages[0]?.plan({});
  expect(guards?.[0]?.object).toMatchObject({
    kind: "Namespace",
    metadata: { name: namespace, labels: { "seatrial.dev/expires": "1900000000" } },
  });
  // The last may use what the first tells, so it is not rendered yet.
  expect(await rendered).toBe((guards?.length ?? 0) + 1);
});

test("a cluster-scoped object carries its expiry by itself, one in the namespace does not", async () => {
  const files = { "web.yaml": `${configMap("web")}---\n${priorityClass}` };
  const { stages } = await plan(files, { components: [manifests("web")] });
  const objects = (await stages[1]?.plan({})) ?? [];
  const labelsOf = (kind: string) =>
    objects.find(({ object }) => object.kind === kind)?.object.metadata.labels;
  expect(labelsOf("PriorityClass")).toMatchObject({ "seatrial.dev/expires": "1900000000" });
  expect(labelsOf("ConfigMap") ?? {}).not.toHaveProperty("seatrial.dev/expires");
});

test("a mistake in what can be known ahead is found before the guardrails are given out", async () => {
  const files = { "web.yaml": configMap("web").replace("{name: web}", "{name: web, namespace: other}") };
  const { stages, rendered } = await plan(files, { components: [manifests("web")] });
  const refusal = { code: "object_refused", place: { file: "web.yaml", line: 1 } };
  await expect(rendered).rejects.toMatchObject(refusal);
  await expect(stages[0]?.plan({})).rejects.toMatchObject(refusal);
});

test("what uses another's outputs is made when its turn comes, with what they are then", async () => {
  const address = "$" + "{components.web.port}";
  const first = { ...manifests("web"), outputs: { port: { object: "ConfigMap/web", field: "data.a" } } };
  const { stages } = await plan(
    { "web.yaml": configMap("web"), "store.yaml": configMap("store", address) },
    { components: [first, manifests("store")] },
  );
  expect(stages[1]?.outputs).toEqual(first.outputs);
  const objects = await stages[2]?.plan({ web: { port: "8080" } });
  expect(objects?.[0]?.object).toMatchObject({ data: { a: "8080" } });
  await expect(stages[2]?.plan({})).rejects.toMatchObject({ code: "template_invalid" });
});
