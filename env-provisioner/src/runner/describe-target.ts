import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { hasStatus } from "@seatrial/kube-link/kube-error.ts";
import { compileDocument, type OpenApiDocument } from "../templates/fields/compile-schema.ts";
import { type AskForTypes, createKnownFields } from "../templates/fields/known-fields.ts";
import type { RenderTarget } from "../templates/render-context.ts";
import { createResourceTypes } from "../templates/resource-types.ts";

type Discovered = {
  kind: string;
  items: {
    metadata: { name?: string };
    versions: {
      version: string;
      resources?: { responseKind?: { kind: string }; scope?: string }[];
    }[];
  }[];
};

/** Kubernetes 1.27 and later tell all of their types in two answers. */
const collected = ["v2", "v2beta1"]
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(",");

/** What templates are rendered for: the cluster's version and all types it serves. */
export async function describeTarget(kube: KubeClient, signal: AbortSignal): Promise<RenderTarget> {
  const [{ gitVersion }, core, groups] = await Promise.all([
    kube.get<{ gitVersion: string }>("/version", { signal }),
    kube.get<Discovered>("/api", { signal, accept: collected }),
    kube.get<Discovered>("/apis", { signal, accept: collected }),
  ]);
  const namespacedTypes = new Map<string, boolean>();
  const apiVersions = new Set<string>();
  for (const group of [...core.items, ...groups.items])
    for (const { version, resources } of group.versions) {
      const apiVersion = group.metadata.name ? `${group.metadata.name}/${version}` : version;
      apiVersions.add(apiVersion);
      for (const { responseKind, scope } of resources ?? []) {
        if (!responseKind?.kind) continue;
        apiVersions.add(`${apiVersion}/${responseKind.kind}`);
        namespacedTypes.set(`${apiVersion}/${responseKind.kind}`, scope === "Namespaced");
      }
    }
  return {
    kubeVersion: gitVersion,
    apiVersions: [...apiVersions],
    resources: createResourceTypes(
      (apiVersion, kind) => namespacedTypes.get(`${apiVersion}/${kind}`) ?? null,
    ),
    fields: createKnownFields({ kubeVersion: gitVersion, ask: askCluster(kube, signal) }),
  };
}

/** A group whose server does not describe it is left to that server to check. */
function askCluster(kube: KubeClient, signal: AbortSignal): AskForTypes {
  return async (apiVersion) => {
    const path = `/openapi/v3/${apiVersion.includes("/") ? "apis" : "api"}/${apiVersion}`;
    try {
      return compileDocument(await kube.get<OpenApiDocument>(path, { signal }));
    } catch (error) {
      if (hasStatus(error, 404) || hasStatus(error, 403) || hasStatus(error, 503)) return null;
      throw error;
    }
  };
}
