import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { compileDocument, type OpenApiDocument } from "./compile-schema.ts";
import type { BuiltInFields } from "./known-fields.ts";

/** Stable versions of Kubernetes' own groups. */
const own =
  /^(api\/v\d+|apis\/(apps|batch|autoscaling|policy|(admissionregistration|apiextensions|coordination|discovery|networking|node|rbac\.authorization|resource|scheduling|storage)\.k8s\.io)\/v\d+)$/;

/** What {@link BuiltInFields} are for the version of this cluster, in a stable order. */
export async function readBuiltInFields(kube: KubeClient): Promise<BuiltInFields> {
  const { major, minor } = await kube.get<{ major: string; minor: string }>("/version");
  const { paths } = await kube.get<{ paths: Record<string, unknown> }>("/openapi/v3");
  const fields: BuiltInFields = { version: `${major}.${minor}`, kinds: {}, types: {} };
  for (const path of Object.keys(paths).filter((one) => own.test(one))) {
    const { kinds, types } = compileDocument(await kube.get<OpenApiDocument>(`/openapi/v3/${path}`));
    Object.assign(fields.kinds, kinds);
    Object.assign(fields.types, types);
  }
  return { ...fields, kinds: sorted(fields.kinds), types: sorted(fields.types) };
}

function sorted<Value>(record: Record<string, Value>): Record<string, Value> {
  const entries = Object.entries(record).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries);
}
