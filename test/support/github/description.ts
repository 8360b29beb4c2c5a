import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { isObject, type Json, type JsonObject } from "./json.ts";
import type { OperationId, WebhookName } from "./operations.ts";

export type Parameter = {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: JsonObject;
};
export type Operation = {
  readonly id: OperationId;
  readonly method: string;
  /** Of the description, such as `/repos/{owner}/{repo}`. */
  readonly template: string;
  readonly pattern: RegExp;
  readonly parameters: readonly Parameter[];
  /** Null: it takes none. */
  readonly body: { readonly required: boolean; readonly schema: JsonObject } | null;
  readonly responses: JsonObject;
};

const path = join(import.meta.dirname, "../../fixtures/github/api.github.com.json");
const document = JSON.parse(readFileSync(path, "utf8")) as JsonObject;

/** What a `$ref` names, else the value itself. */
export function resolve(value: Json | undefined): JsonObject {
  if (!isObject(value)) return {};
  if (typeof value.$ref !== "string") return value;
  let place: Json | undefined = document;
  for (const key of value.$ref.slice(2).split("/")) place = isObject(place) ? place[key] : undefined;
  return resolve(place);
}

/** OpenAPI 3.0 as JSON Schema: `nullable` becomes a type, and references point into one schema. */
function toJsonSchema(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map(toJsonSchema);
  if (!isObject(value)) return value ?? null;
  const { nullable, ...others } = value;
  const schema = Object.fromEntries(
    Object.entries(others).map(([key, item]) => [
      key,
      key === "$ref" && typeof item === "string"
        ? item.replace("#/components/schemas/", "github#/definitions/")
        : toJsonSchema(item),
    ]),
  );
  return nullable === true ? { anyOf: [schema, { type: "null" }] } : schema;
}

const ajv = new Ajv({ strict: false, allErrors: true });
(addFormats as unknown as (on: Ajv) => void)(ajv);
// GitHub's answers hold templates in fields that it calls addresses.
ajv.addFormat("uri-template", true);
// Where a deployment has no address GitHub says the empty text.
ajv.addFormat("uri", (text: string) => text === "" || URL.canParse(text));
const definitions = toJsonSchema((document.components as JsonObject).schemas);
ajv.addSchema({ $id: "github", definitions } as Record<string, unknown>);

const validators = new Map<JsonObject, ValidateFunction>();

/** What is wrong with a value by this schema of the description; empty: nothing. */
export function findFaults(schema: JsonObject, value: unknown): string[] {
  let validate = validators.get(schema);
  if (validate === undefined) {
    validate = ajv.compile(toJsonSchema(schema) as Record<string, unknown>);
    validators.set(schema, validate);
  }
  if (validate(value)) return [];
  const faults = validate.errors ?? [];
  return faults.map(({ instancePath, message, params }) => {
    return `${instancePath === "" ? "it" : instancePath} ${message} ${JSON.stringify(params)}`;
  });
}

function toPattern(template: string): RegExp {
  // A path or a ref may have slashes, and octokit may or may not escape them.
  const pattern = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    name === "path" || name === "ref" ? `(?<${name}>.+)` : `(?<${name}>[^/]+)`,
  );
  return new RegExp(`^${pattern}$`);
}

function readOperation(template: string, method: string, raw: JsonObject): Operation {
  const parameters = (raw.parameters as Json[]).map((each) => resolve(each) as unknown as Parameter);
  const body = raw.requestBody === undefined ? null : resolve(raw.requestBody);
  const content = (body?.content as JsonObject | undefined)?.["application/json"] as JsonObject | undefined;
  return {
    id: raw.operationId as OperationId,
    method: method.toUpperCase(),
    template,
    pattern: toPattern(template),
    parameters,
    body:
      content === undefined ? null : { required: body?.required === true, schema: resolve(content.schema) },
    responses: raw.responses as JsonObject,
  };
}

export const operations: readonly Operation[] = Object.entries(document.paths as Record<string, JsonObject>)
  .flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, raw]) => readOperation(template, method, raw as JsonObject)),
  )
  // `{ref}` takes slashes: the longer template is asked first.
  .sort((one, other) => other.template.length - one.template.length);

/** The schema of an answer; null: the description has none for it. */
export function answerSchema(operation: Operation, status: number): JsonObject | null {
  const content = resolve(operation.responses[String(status)]).content;
  const json = isObject(content) ? content["application/json"] : undefined;
  return isObject(json) ? resolve(json.schema) : null;
}

export function webhookSchema(name: WebhookName): JsonObject {
  const post = resolve({ $ref: `#/x-webhooks/${name}/post/requestBody` });
  const content = (post.content as JsonObject)["application/json"] as JsonObject;
  return resolve(content.schema);
}
