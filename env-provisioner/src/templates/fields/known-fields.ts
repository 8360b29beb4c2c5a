import { readFileSync } from "node:fs";
import type { KubernetesObject } from "../../planned-object.ts";
import { compileDefinition } from "./compile-schema.ts";
import type { FieldTypes, UnknownField } from "./field-types.ts";
import { findUnknownFields } from "./find-unknown-fields.ts";

/** Which fields types have. Learns the types that custom resource definitions of a template bring. */
export type KnownFields = {
  learn: (definition: KubernetesObject) => void;
  /** Asks for what is not known yet of these objects' types. */
  load: (objects: readonly KubernetesObject[]) => Promise<void>;
  /** Of a type that nobody knows, none is unknown. */
  unknownFields: (object: KubernetesObject) => UnknownField[];
};

/** The types of one group and version as a cluster serves them; null when it does not tell. */
export type AskForTypes = (apiVersion: string) => Promise<FieldTypes | null>;

const nothing: FieldTypes = { kinds: {}, types: {} };

/**
 * Kubernetes' own types are known by heart for one of its versions, which spares the API server's answer of some
 * megabytes; for a cluster of another version it is asked (`ask`), and always for types that others brought there.
 */
export function createKnownFields(options: { kubeVersion?: string; ask?: AskForTypes } = {}): KnownFields {
  const { kubeVersion, ask } = options;
  const isOffline = ask === undefined;
  const builtIn = builtInFields();
  const byHeart = isOffline || minorOf(kubeVersion ?? "") === builtIn.version ? builtIn : nothing;
  const learned = new Map<string, FieldTypes>();
  const asked = new Map<string, Promise<FieldTypes | null>>();
  const told = new Map<string, FieldTypes>();
  const find = ({ apiVersion, kind }: KubernetesObject): FieldTypes | undefined => {
    const key = `${apiVersion}/${kind}`;
    const sources = [learned.get(key), byHeart, told.get(apiVersion)];
    return sources.find((types) => types?.kinds[key] !== undefined);
  };
  async function askOnce(apiVersion: string): Promise<void> {
    const answer = asked.get(apiVersion) ?? ask?.(apiVersion) ?? Promise.resolve(null);
    asked.set(apiVersion, answer);
    told.set(apiVersion, (await answer) ?? nothing);
  }
  return {
    learn(definition) {
      const types = compileDefinition(definition);
      for (const kind of Object.keys(types.kinds)) learned.set(kind, types);
    },
    async load(objects) {
      const missing = objects.filter((object) => find(object) === undefined);
      await Promise.all([...new Set(missing.map(({ apiVersion }) => apiVersion))].map(askOnce));
    },
    unknownFields(object) {
      const found = find(object);
      const type = found?.kinds[`${object.apiVersion}/${object.kind}`];
      return found && type !== undefined ? findUnknownFields(object, type, found.types) : [];
    },
  };
}

export type BuiltInFields = FieldTypes & { version: string };
let read: BuiltInFields | null = null;

/** Written by `write-built-in-fields.ts` from the documents of a real API server. */
export function builtInFields(): BuiltInFields {
  read ??= JSON.parse(
    readFileSync(new URL("built-in-fields.json", import.meta.url), "utf8"),
  ) as BuiltInFields;
  return read;
}

/** `v1.36.3` → `1.36`. */
function minorOf(kubeVersion: string): string {
  return /^v?(\d+\.\d+)/.exec(kubeVersion)?.[1] ?? "";
}
