import { resolve } from "./description.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

/**
 * The value with everything that the schema requires and the value does not say: null where that is allowed, else the
 * plainest value. GitHub's answers have a hundred fields; only those that somebody reads are written out.
 */
export function complete(schema: JsonObject, value: Json | undefined): Json {
  const { nullable, ...rest } = schema;
  const own = typeof rest.$ref === "string" ? resolve(rest) : rest;
  if (value === null) return null;
  if (value === undefined && (nullable === true || own.nullable === true)) return null;
  const variants = (own.oneOf ?? own.anyOf) as JsonObject[] | undefined;
  const chosen = variants?.map(resolve).find((each) => fits(each, value));
  const withVariant = chosen === undefined ? value : complete(chosen, value);
  const all = (own.allOf ?? []) as JsonObject[];
  const merged = all.reduce((sum: Json | undefined, each) => complete(resolve(each), sum), withVariant);
  return completeOwn(own, merged);
}

function fits(schema: JsonObject, value: Json | undefined): boolean {
  if (value === undefined) return true;
  const type = Array.isArray(value) ? "array" : typeof value;
  return schema.type === undefined ? true : schema.type === (type === "number" ? "integer" : type);
}

function completeOwn(schema: JsonObject, value: Json | undefined): Json {
  if (Array.isArray(value)) {
    const items = schema.items as JsonObject | undefined;
    return items === undefined ? value : value.map((item) => complete(items, item));
  }
  if (isObject(value) || (value === undefined && (schema.type === "object" || schema.properties)))
    return completeObject(schema, value ?? {});
  return value ?? plainest(schema);
}

function completeObject(schema: JsonObject, value: JsonObject): JsonObject {
  const properties = (schema.properties ?? {}) as Record<string, JsonObject>;
  const required = (schema.required ?? []) as string[];
  const keys = [...Object.keys(value).filter((key) => value[key] !== undefined), ...required];
  return Object.fromEntries(
    [...new Set(keys)].map((key) => {
      const property = properties[key];
      return [key, property === undefined ? (value[key] ?? null) : complete(property, value[key])];
    }),
  );
}

function plainest(schema: JsonObject): Json {
  const values = schema.enum as Json[] | undefined;
  if (values?.[0] !== undefined) return values[0];
  if (schema.type === "integer" || schema.type === "number") return 0;
  if (schema.type === "boolean") return false;
  if (schema.type === "array") return [];
  if (schema.format === "date-time") return "2020-01-01T00:00:00Z";
  return schema.format === "uri" ? "https://github.test/" : "";
}
