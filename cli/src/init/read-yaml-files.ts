import { parseAllDocuments } from "yaml";

type Mapping = Record<string, unknown>;

/** The mappings of a YAML or JSON text; none when it cannot be read. Untrusted: aliases are bounded, nothing throws. */
export function readDocuments(text: string | null): Mapping[] {
  if (text === null) return [];
  try {
    const documents = parseAllDocuments(text, { prettyErrors: false, logLevel: "silent" });
    if (!Array.isArray(documents)) return [];
    return documents
      .filter(({ errors }) => errors.length === 0)
      .slice(0, 200)
      .map((document): unknown => document.toJS({ maxAliasCount: 50 }))
      .filter(isMapping);
  } catch {
    return [];
  }
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path of keys and positions. */
export function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let at = value;
  for (const part of path) {
    if (Array.isArray(at)) at = at[Number(part)];
    else if (isMapping(at) && Object.hasOwn(at, part)) at = at[part];
    else return undefined;
  }
  return at;
}

export function listAt(value: unknown, path: readonly (string | number)[]): unknown[] {
  const found = valueAt(value, path);
  return Array.isArray(found) ? found : [];
}

/** An object that Kubernetes takes. */
export function isManifest(document: Mapping): boolean {
  return typeof document.apiVersion === "string" && typeof document.kind === "string";
}
