import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { configurationSchema } from "./configuration-schema.ts";
import { createJsonSchema, printJsonSchema } from "./json-schema.ts";
import { parseConfiguration } from "./parse-configuration.ts";
import { referenceExamples } from "./reference-examples.ts";
import { printReferencePage } from "./reference-page.ts";

const committed = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

test("the committed JSON Schema is what the zod schema makes (else: node docs/generate.ts)", () => {
  expect(committed("contracts/schema/seatrial.schema.json")).toBe(printJsonSchema());
});

test("the committed reference page is what the schema makes (else: node docs/generate.ts)", () => {
  expect(committed("docs/seatrial-yaml.md")).toBe(printReferencePage());
});

test.each(referenceExamples)("the example '$title' is a good file", ({ text }) => {
  expect(parseConfiguration(text).errors).toBeUndefined();
  expect(configurationSchema.safeParse(parse(text)).success).toBe(true);
});

test("every key of a suite says what it does", () => {
  const suites = createJsonSchema().properties?.suites;
  const suite = typeof suites === "object" ? suites.additionalProperties : undefined;
  const properties = typeof suite === "object" ? Object.entries(suite.properties ?? {}) : [];
  expect(properties.length).toBeGreaterThan(10);
  for (const [key, schema] of properties)
    expect(typeof schema === "object" && schema.description, key).toBeTruthy();
});
