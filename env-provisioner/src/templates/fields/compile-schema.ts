import type { KubernetesObject } from "../../planned-object.ts";
import type { FieldTypes } from "./field-types.ts";

/** As much of JSON Schema as the API server's OpenAPI documents and custom resource definitions use. */
type Schema = {
  $ref?: string;
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-embedded-resource"?: boolean;
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
};
export type OpenApiDocument = { components?: { schemas?: Record<string, Schema> } };

const ofEveryObject = { apiVersion: "", kind: "", metadata: "" };

/** The kinds of one group and version, from `/openapi/v3/…` of an API server. */
export function compileDocument(document: OpenApiDocument): FieldTypes {
  const schemas = document.components?.schemas ?? {};
  const compiler = createCompiler(schemas);
  for (const [name, schema] of Object.entries(schemas)) {
    const [of, ...others] = schema["x-kubernetes-group-version-kind"] ?? [];
    // Those of many groups are options of requests, and lists are unrolled.
    if (of === undefined || others.length > 0 || schema.properties?.metadata === undefined) continue;
    if (of.kind.endsWith("List")) continue;
    const type = compiler.compileNamed(name);
    if (type !== "") compiler.result.kinds[`${apiVersionOf(of.group, of.version)}/${of.kind}`] = type;
  }
  return compiler.result;
}

/** The kinds that a CustomResourceDefinition of a template brings; none for any other object. */
export function compileDefinition(definition: KubernetesObject): FieldTypes {
  const compiler = createCompiler({});
  const { spec } = definition as { spec?: { group?: string; names?: { kind?: string }; versions?: unknown } };
  const versions = definition.kind === "CustomResourceDefinition" ? spec?.versions : [];
  for (const version of Array.isArray(versions) ? versions : []) {
    const { name, schema } = version as { name?: string; schema?: { openAPIV3Schema?: Schema } };
    const kind = `${apiVersionOf(String(spec?.group), String(name))}/${String(spec?.names?.kind)}`;
    const type = compiler.compile(schema?.openAPIV3Schema ?? {}, kind);
    const fields = compiler.result.types[type];
    if (fields === undefined || type !== kind) continue;
    Object.assign(fields, ofEveryObject);
    compiler.result.kinds[kind] = type;
  }
  return compiler.result;
}

function createCompiler(schemas: Record<string, Schema>) {
  const result: FieldTypes = { kinds: {}, types: {} };
  const named = new Map<string, string>();

  function compileNamed(name: string): string {
    const known = named.get(name);
    if (known !== undefined) return known;
    // Types may hold themselves.
    named.set(name, name);
    const type = compile(schemas[name] ?? {}, name);
    named.set(name, type);
    return type;
  }

  /** The name under which the fields of a schema are kept, or nothing when it does not say which there are. */
  function compile(schema: Schema, name: string): string {
    const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
    if (reference !== undefined) return compileNamed(reference.replace(/^.*\//, ""));
    if (schema["x-kubernetes-preserve-unknown-fields"]) return "";
    if (schema.items) return compile(schema.items, `${name}[]`);
    if (schema.properties) {
      const fields: Record<string, string> = schema["x-kubernetes-embedded-resource"]
        ? { ...ofEveryObject }
        : {};
      result.types[name] = fields;
      for (const [field, inner] of Object.entries(schema.properties))
        fields[field] = compile(inner, `${name}.${field}`);
      return name;
    }
    if (typeof schema.additionalProperties !== "object") return "";
    const inner = compile(schema.additionalProperties, `${name}{}`);
    return inner === "" || inner.startsWith("{") ? "" : `{${inner}`;
  }
  return { result, compile, compileNamed };
}

function apiVersionOf(group: string, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}
