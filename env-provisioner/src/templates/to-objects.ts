import { OperationError } from "../operation-error.ts";
import type { KubernetesObject, LineOf } from "../planned-object.ts";
import type { ScalarVisitor } from "./parse-yaml.ts";
import { type ParsedDocument, parseYaml } from "./parse-yaml.ts";

export type SourcedObject = {
  object: KubernetesObject;
  source: { file: string; line: number | null };
  /** Only where the text is the file as it is. */
  lineOf?: LineOf;
};

/** Where a document of rendered text comes from; null as the line when only the file is known. */
export type FindSource = (document: ParsedDocument) => SourcedObject["source"];

/** The objects of a YAML text. `List` kinds are unrolled. Throws OperationError (`template_invalid`) with the place. */
export function toObjects(
  text: string,
  file: string,
  options: { findSource?: FindSource; onScalar?: ScalarVisitor } = {},
): SourcedObject[] {
  return parseYaml(text, file, options.onScalar).flatMap((document) => {
    const source = options.findSource?.(document) ?? { file, line: document.line };
    return unroll(document.value, source, options.findSource ? null : document.lineOf);
  });
}

function unroll(value: unknown, source: SourcedObject["source"], lineOf: LineOf | null): SourcedObject[] {
  if (value === null || value === undefined) return [];
  if (isList(value))
    return value.items.flatMap((item, index) => {
      if (lineOf === null) return unroll(item, source, null);
      const inItem: LineOf = (path) => lineOf(["items", index, ...path]);
      return unroll(item, { ...source, line: inItem([]) }, inItem);
    });
  return [{ object: checkObject(value, source), source, ...(lineOf ? { lineOf } : {}) }];
}

function isList(value: unknown): value is { items: unknown[] } {
  if (typeof value !== "object" || value === null) return false;
  const kind: unknown = Reflect.get(value, "kind");
  return typeof kind === "string" && kind.endsWith("List") && Array.isArray(Reflect.get(value, "items"));
}

/** The least an object has. Names and the rest are the admission's matter. */
function checkObject(value: unknown, source: SourcedObject["source"]): KubernetesObject {
  const wrong = (message: string) =>
    new OperationError("template_invalid", `${placeOf(source)}: ${message}`, source);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrong("is not a Kubernetes object: it must be keys and values with apiVersion, kind and metadata");
  const { apiVersion, kind, metadata } = value as Record<string, unknown>;
  for (const [field, given] of Object.entries({ apiVersion, kind }))
    if (typeof given !== "string" || given === "") throw wrong(`an object has no ${field}: write it as text`);
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata))
    throw wrong(`${String(kind)} has no metadata: write metadata: {name: …}`);
  checkMetadata(metadata as Record<string, unknown>, String(kind), wrong);
  return value as KubernetesObject;
}

function checkMetadata(
  metadata: Record<string, unknown>,
  kind: string,
  wrong: (message: string) => OperationError,
): void {
  const { name, namespace } = metadata;
  if (typeof name !== "string" || name === "")
    throw wrong(
      metadata.generateName === undefined
        ? `${kind} has no name: write metadata.name as text`
        : `${kind} has generateName: write metadata.name, so that an update finds it again`,
    );
  if (namespace === null || namespace === "") delete metadata.namespace;
  else if (namespace !== undefined && typeof namespace !== "string")
    throw wrong(`${kind} ${name}: metadata.namespace must be text`);
  for (const field of ["labels", "annotations"]) checkTexts(metadata, field, `${kind} ${name}`, wrong);
}

function checkTexts(
  metadata: Record<string, unknown>,
  field: string,
  who: string,
  wrong: (message: string) => OperationError,
): void {
  const texts = metadata[field];
  if (texts === null) delete metadata[field];
  if (texts === null || texts === undefined) return;
  if (typeof texts !== "object" || Array.isArray(texts))
    throw wrong(`${who}: metadata.${field} must be keys and values`);
  const other = Object.entries(texts).find(([, value]) => typeof value !== "string");
  if (other) throw wrong(`${who}: metadata.${field} "${other[0]}" must be text: put it in quotes`);
}

/** `deploy/app.yaml:7`, or the file alone. */
export function placeOf(source: SourcedObject["source"]): string {
  return source.line === null ? source.file : `${source.file}:${source.line}`;
}
