import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { ResolvedEnvironment } from "@seatrial/contracts/configuration/resolve-environment.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { prepareObject } from "@seatrial/env-provisioner/engine/prepare-object.ts";
import { OperationError, type SourcePlace } from "@seatrial/env-provisioner/operation-error.ts";
import type { KubernetesObject, PlannedObject } from "@seatrial/env-provisioner/planned-object.ts";
import type { AdmissionPolicy } from "@seatrial/env-provisioner/templates/admission-policy.ts";
import { findRefusals } from "@seatrial/env-provisioner/templates/admit-objects.ts";
import { isBuiltInNamespaced } from "@seatrial/env-provisioner/templates/built-in-types.ts";
import { createKnownFields } from "@seatrial/env-provisioner/templates/fields/known-fields.ts";
import { guardrails } from "@seatrial/env-provisioner/templates/guardrails.ts";
import { renderComponent } from "@seatrial/env-provisioner/templates/render-component.ts";
import type { RenderContext } from "@seatrial/env-provisioner/templates/render-context.ts";
import { createResourceTypes } from "@seatrial/env-provisioner/templates/resource-types.ts";
import { unpackContent } from "@seatrial/env-provisioner/templates/unpack-content.ts";
import { findTools } from "@seatrial/toolchain/find-tool.ts";
import { listFiles } from "../content/list-files.ts";
import { packContent } from "../content/pack-content.ts";
import { readChange } from "../content/read-change.ts";

export type OfflineOptions = {
  /** Where seatrial.yaml is: its folder is the content. */
  file: string;
  kubeVersion: string;
  /** Cluster-scoped kinds that the cluster would allow, as `<group>/<Kind>`. */
  clusterKinds: readonly string[];
};

export type OfflineObject = { component: string; source: string | null; object: KubernetesObject };
export type OfflineRefusal = { component: string; message: string; place: SourcePlace | null };
export type OfflineRender = {
  environment: string;
  /** In the order in which they are listed; what waits for what is decided when they are applied. */
  objects: OfflineObject[];
  leftOut: string[];
  refused: OfflineRefusal[];
  /** What cannot be known without a cluster. */
  notes: string[];
};

/** Stands for what an environment gets when it is made. */
const example = { environmentId: "e-exampleexampleex", expiresAtEpochSeconds: 0 };

/**
 * What would be applied for an environment, from the files as they are now: packed and unpacked as they would be for a
 * run, so that what .gitignore leaves out is missing here too. Asks no hub and no cluster.
 */
export async function renderOffline(
  environment: ResolvedEnvironment,
  options: OfflineOptions,
): Promise<OfflineRender> {
  const place = await mkdtemp(join(tmpdir(), "seatrial-template-"));
  try {
    const folder = dirname(resolve(options.file));
    const archive = join(place, "content.tar.gz");
    await packContent(folder, await listFiles(folder), archive);
    const contentFolder = join(place, "content");
    await mkdir(contentFolder);
    await unpackContent(createReadStream(archive), contentFolder);
    return await renderAll(environment, options, contentFolder, await readChange(folder));
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

async function renderAll(
  environment: ResolvedEnvironment,
  options: OfflineOptions,
  contentFolder: string,
  change: RenderContext["change"],
): Promise<OfflineRender> {
  const { template } = environment;
  const namespace = `${environment.name}-example`;
  const unknown = new Set<string>();
  const reaches = Object.values(template.expose).map(({ reach }) => reach);
  const context: RenderContext = {
    contentFolder,
    environmentId: example.environmentId,
    namespace,
    target: {
      ...{ kubeVersion: options.kubeVersion, apiVersions: [] },
      resources: offlineTypes(unknown),
      fields: createKnownFields(),
    },
    outputs: exampleOutputs(environment),
    change,
    tools: await findPaths(),
    budget: { bytes: limits.renderedBytes, objects: limits.renderedObjects },
  };
  const planned: PlannedObject[] = [...exampleGuardrails(environment, namespace)];
  const leftOut: string[] = [];
  const refused: OfflineRefusal[] = [];
  for (const component of template.components)
    try {
      const rendered = await renderComponent(component, context);
      planned.push(...rendered.objects);
      leftOut.push(...rendered.leftOut);
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      refused.push({ component: component.name, message: error.message, place: error.place });
    }
  const policy: AdmissionPolicy = {
    environmentId: example.environmentId,
    namespace,
    clusterKinds: options.clusterKinds,
    reaches,
    resources: context.target.resources,
    fields: context.target.fields,
  };
  const ofTemplate = planned.filter(({ component }) => component !== "guardrails");
  for (const { message, place } of findRefusals(ofTemplate, policy))
    refused.push({ component: componentAt(ofTemplate, place), message, place });
  const labels = { environmentId: example.environmentId, project: "example" };
  return {
    environment: environment.name,
    objects: planned.map((one) => ({
      component: one.component,
      source: one.source?.file ?? null,
      object: prepareObject(one, labels),
    })),
    leftOut,
    refused,
    notes: notesOf(unknown, environment),
  };
}

async function findPaths(): Promise<RenderContext["tools"]> {
  const { helm, kubectl } = await findTools(["helm", "kubectl"]);
  return { helm: helm.path, kubectl: kubectl.path };
}

/** Without a cluster, a type that neither Kubernetes nor the template brings counts as namespaced. */
function offlineTypes(unknown: Set<string>): RenderContext["target"]["resources"] {
  const types = createResourceTypes(isBuiltInNamespaced);
  return {
    ...types,
    isNamespaced(apiVersion, kind) {
      const known = types.isNamespaced(apiVersion, kind);
      if (known === null) unknown.add(`${kind} of ${apiVersion}`);
      return known ?? true;
    },
  };
}

/** Outputs are read from a cluster; here each is a word that names itself. */
function exampleOutputs({ template }: ResolvedEnvironment): RenderContext["outputs"] {
  return Object.fromEntries(
    template.components.map(({ name, outputs }) => [
      name,
      Object.fromEntries(Object.keys(outputs).map((output) => [output, `example-${name}-${output}`])),
    ]),
  );
}

function exampleGuardrails({ template }: ResolvedEnvironment, namespace: string): PlannedObject[] {
  return guardrails({
    ...example,
    project: "example",
    namespace,
    podSecurity: template.podSecurity,
    fromNetwork: Object.values(template.expose).some(({ reach }) => reach === "network"),
    limits: {
      cpuMillis: 8_000,
      memoryBytes: 8 * 1_073_741_824,
      pods: 50,
      storageBytes: 20 * 1_073_741_824,
      internet: false,
      closedNetworks: [],
    },
  });
}

function componentAt(objects: readonly PlannedObject[], place: SourcePlace | null): string {
  return objects.find(({ source }) => source?.file === place?.file)?.component ?? "";
}

function notesOf(unknown: ReadonlySet<string>, { template }: ResolvedEnvironment): string[] {
  const types = [...unknown].map(
    (type) => `${type} is not known without a cluster: taken as an object with a namespace`,
  );
  const hasOutputs = template.components.some(({ outputs }) => Object.keys(outputs).length > 0);
  return [
    ...types,
    ...(hasOutputs ? ["outputs of components are examples here: only a cluster knows them"] : []),
  ];
}
