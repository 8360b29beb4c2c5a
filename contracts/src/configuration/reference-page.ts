import { z } from "zod";
import { createJsonSchema, type JsonSchema, jsonSchemaId } from "./json-schema.ts";
import { referenceExamples } from "./reference-examples.ts";

type Row = { key: string; takes: string; description: string; example: string };

/** The text of the committed page `docs/seatrial-yaml.md`: the reference of the file, made from its schema. */
export function printReferencePage(): string {
  const rows = listKeys(createJsonSchema());
  const table = rows.map(
    (row) =>
      `| \`${row.key}\` | ${row.takes} | ${row.description} | ${row.example === "" ? "" : `\`${row.example}\``} |`,
  );
  const examples = referenceExamples.flatMap(({ title, text }) => [
    title,
    "",
    "```yaml",
    text.trimEnd(),
    "```",
    "",
  ]);
  return [
    "<!-- Made from the schema by `node docs/generate.ts`. Edit contracts/src/configuration/, not this page. -->",
    "# seatrial.yaml",
    "",
    "The file at the top of a repository that says what Seatrial tests. `seatrial validate` checks it and names line,",
    "column, field and fix of everything that is wrong. A key that is not listed here is an error, never ignored.",
    `Editors can use the [JSON Schema](../contracts/schema/seatrial.schema.json) (\`${jsonSchemaId}\`).`,
    "",
    "## Examples",
    "",
    ...examples,
    "## Keys",
    "",
    "| key | takes | what it does | example |",
    "|---|---|---|---|",
    ...table,
    "",
    "`<name>` is a name that you choose. Memory units: `Ki`, `Mi`, `Gi`, `k`, `M`, `G`; times: `h`, `m`, `s`.",
    "",
    "## Limits",
    "",
    "One YAML 1.2 document of at most 256 KiB and 10,000 keys, without duplicate keys or tabs as indentation, with at most 100 aliases.",
    "",
  ].join("\n");
}

function listKeys(schema: JsonSchema, prefix = ""): Row[] {
  const rows: Row[] = [];
  const own = objectOf(schema);
  for (const [key, value] of Object.entries(own.properties ?? {}))
    if (isSchema(value))
      rows.push(
        row(prefix + key, value, own.required?.includes(key) ?? false),
        ...listKeys(value, `${prefix}${key}.`),
      );
  const inner = own.additionalProperties;
  if (isSchema(inner) && objectOf(inner).properties) {
    const path = `${prefix}<name>`;
    rows.push(row(path, inner, false), ...listKeys(inner, `${path}.`));
  }
  return rows;
}

/** The schema itself, or the one of its choices that has keys. */
function objectOf(schema: JsonSchema): JsonSchema {
  return (schema.anyOf ?? []).filter(isSchema).find((option) => option.properties) ?? schema;
}

function row(key: string, schema: JsonSchema, isRequired: boolean): Row {
  const example = schema.examples?.[0];
  return {
    key: key.replaceAll("..", "."),
    takes: takes(schema) + (isRequired ? ", required" : ""),
    description: (schema.description ?? "").replaceAll("|", "\\|"),
    example: example === undefined ? "" : flow(example),
  };
}

function takes(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (schema.anyOf) return schema.anyOf.map((option) => (isSchema(option) ? takes(option) : "")).join(" or ");
  if (Array.isArray(schema.type)) return schema.type.map((type) => kindNames[type] ?? type).join(" or ");
  if (schema.type === "integer" && schema.maximum !== undefined)
    return `${schema.minimum} to ${schema.maximum}`;
  return kindNames[schema.type ?? ""] ?? "";
}

const kindNames: Record<string, string> = {
  string: "text",
  number: "number",
  array: "list",
  object: "keys and values",
  boolean: "`true` or `false`",
};

/** A value as YAML's flow style writes it. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}: ${flow(item)}`)
      .join(", ")}}`;
  return String(value);
}

const schemaGuard = z.looseObject({});
function isSchema(value: unknown): value is JsonSchema {
  return schemaGuard.safeParse(value).success;
}
