import { stringify } from "yaml";
import type { OfflineObject } from "./render-offline.ts";

/** The objects as a YAML stream, each with the component and the file it comes from. */
export function printYaml(objects: readonly OfflineObject[]): string {
  return objects
    .map((one) => `---\n# Source: ${sourceOf(one)}\n${stringify(one.object, yamlStyle)}`)
    .join("");
}

/** The objects as one JSON `List`, as kubectl reads it. */
export function printJson(objects: readonly OfflineObject[]): string {
  const list = { apiVersion: "v1", kind: "List", items: objects.map(({ object }) => object) };
  return `${JSON.stringify(list, null, 2)}\n`;
}

// YAML 1.1, as Kubernetes reads it: texts such as "yes" and "0644" must be quoted.
const yamlStyle = { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false } as const;

function sourceOf({ component, source }: OfflineObject): string {
  return source === null ? component : `${component}: ${source.replace(/[\r\n]/g, " ")}`;
}
