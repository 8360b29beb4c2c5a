import { resolve } from "./description.ts";
import { isObject, type JsonObject } from "./json.ts";

/**
 * Keys that the description does not know, by their paths: GitHub ignores them, so what they were meant to do does not
 * happen. Free objects, such as a deployment's payload, may hold anything.
 */
export function findUnknown(schema: JsonObject, value: unknown, path = ""): string[] {
  const own = resolve(schema);
  if (Array.isArray(value)) {
    const items = own.items as JsonObject | undefined;
    return items === undefined
      ? []
      : value.flatMap((item, index) => findUnknown(items, item, `${path}/${index}`));
  }
  if (!isObject(value) || own.additionalProperties !== undefined) return [];
  const properties = propertiesOf(own);
  if (Object.keys(properties).length === 0) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (property === undefined) return [`${path}/${key} is not in the description`];
    return findUnknown(property, item, `${path}/${key}`);
  });
}

function propertiesOf(schema: JsonObject): Record<string, JsonObject> {
  const parts = [schema.oneOf, schema.anyOf, schema.allOf].flatMap((each) => (each ?? []) as JsonObject[]);
  const inherited = parts.map((part) => propertiesOf(resolve(part)));
  return Object.assign({}, ...inherited, schema.properties ?? {}) as Record<string, JsonObject>;
}
