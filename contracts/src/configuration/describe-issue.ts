import { z } from "zod";
import { type ConfigurationError, type FieldPath, fieldName } from "./configuration-error.ts";
import { configurationSchema } from "./configuration-schema.ts";
import { nearestName } from "./nearest-name.ts";
import type { YamlFile } from "./read-yaml.ts";
import { isUnsupportedKey } from "./unsupported-keys.ts";

/** Turns what the schema found wrong into errors with a place, what was found, and what to write. */
export function describeIssue(issue: z.core.$ZodIssue, file: YamlFile): ConfigurationError[] {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => describeUnknownKey([...path, key], file));
    case "invalid_key":
      return [
        {
          ...file.positionOf(path, "key"),
          field: fieldName(path),
          message: `'${path.at(-1)}' cannot be a name here`,
          ...fixOf(keyHelp(path.slice(0, -1))),
        },
      ];
    case "custom":
      return [
        typeof issue.params?.fix === "string" ? describeRule(path, issue, file) : describeValue(path, file),
      ];
    case "invalid_union":
      return describeUnion(path, issue, file);
    default:
      return [describeValue(path, file)];
  }
}

/** What was written as keys and values is measured by the option that takes them; all else by the field's own help. */
function describeUnion(
  path: FieldPath,
  issue: z.core.$ZodIssueInvalidUnion,
  file: YamlFile,
): ConfigurationError[] {
  const meant = issue.errors.find((issues) => issues.every((inner) => isInside(inner)));
  if (meant === undefined) return [describeValue(path, file)];
  return meant.flatMap((inner) => describeIssue({ ...inner, path: [...issue.path, ...inner.path] }, file));
}

function isInside(issue: z.core.$ZodIssue): boolean {
  return issue.path.length > 0 || issue.code === "unrecognized_keys";
}

function describeUnknownKey(path: FieldPath, file: YamlFile): ConfigurationError {
  const key = String(path.at(-1));
  const place = { ...file.positionOf(path, "key"), field: fieldName(path) };
  if (isUnsupportedKey(path))
    return { ...place, message: `'${key}' is not supported yet`, fix: "remove it for now" };
  const known = knownKeys(path.slice(0, -1));
  const nearest = nearestName(key, known);
  return {
    ...place,
    message: `unknown key '${key}'`,
    fix: nearest ? `did you mean '${nearest}'?` : `known here: ${known.join(", ")}`,
  };
}

function describeRule(path: FieldPath, issue: z.core.$ZodIssueCustom, file: YamlFile): ConfigurationError {
  const place = file.positionOf(path, "key");
  return { ...place, field: fieldName(path), message: issue.message, fix: String(issue.params?.fix) };
}

function describeValue(path: FieldPath, file: YamlFile): ConfigurationError {
  const found = valueAt(file.value, path);
  return {
    ...file.positionOf(path, "value"),
    field: fieldName(path),
    message: found === undefined ? "is missing" : `found ${show(found)}`,
    ...fixOf(fieldAt(path)?.write),
  };
}

function fixOf(write: string | undefined): { fix?: string } {
  return write === undefined ? {} : { fix: `write ${write}` };
}

/** A found value in a few characters, with its kind, on one line. */
function show(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "keys and values";
  const text = JSON.stringify(value) ?? String(value);
  const short = text.length > 60 ? `${text.slice(0, 57)}…` : text;
  return typeof value === "string"
    ? `the text ${short}`
    : `${typeof value === "number" ? "the number " : ""}${short}`;
}

function valueAt(value: unknown, path: FieldPath): unknown {
  let at = value;
  for (const part of path) at = at === null || typeof at !== "object" ? undefined : Reflect.get(at, part);
  return at;
}

function knownKeys(path: FieldPath): string[] {
  return Object.keys(objectOf(fieldAt(path)?.schema)?.shape ?? {});
}

function keyHelp(path: FieldPath): string | undefined {
  const schema = fieldAt(path)?.schema;
  return schema instanceof z.ZodRecord ? writeOf(schema.keyType) : undefined;
}

type Field = { schema: unknown; write: string | undefined };

/** The schema of the field at a path, through objects, records and lists, with what its help says to write. */
function fieldAt(path: FieldPath): Field | null {
  let field: Field = { schema: configurationSchema, write: writeOf(configurationSchema) };
  for (const part of path) {
    const { schema } = field;
    const shape = objectOf(schema)?.shape;
    if (shape) field = unwrap(shape[String(part)]);
    else if (schema instanceof z.ZodRecord) field = unwrap(schema.valueType);
    else if (schema instanceof z.ZodArray) field = unwrap(schema.element, field.write);
    else return field;
  }
  return field;
}

/** The object itself, or the one that a choice offers. */
function objectOf(schema: unknown): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  if (!(schema instanceof z.ZodUnion)) return undefined;
  return schema.options.find((option): option is z.ZodObject => option instanceof z.ZodObject);
}

function unwrap(schema: unknown, inherited?: string): Field {
  const own = writeOf(schema) ?? inherited;
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap(), own) : { schema, write: own };
}

function writeOf(schema: unknown): string | undefined {
  return schema instanceof z.ZodType ? schema.meta()?.write : undefined;
}
