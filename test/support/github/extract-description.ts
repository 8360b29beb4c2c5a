/**
 * Writes `test/fixtures/github/api.github.com.json`: of GitHub's published API description (npm package
 * `@octokit/openapi`, MIT) the operations that the fake server knows and what they refer to, without prose.
 *
 *     npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz
 *     node test/support/github/extract-description.ts package
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { operationIds, webhookNames } from "./operations.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const prose = [
  "description",
  "example",
  "examples",
  "externalDocs",
  "summary",
  "title",
  "tags",
  "deprecated",
];

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Without prose and extensions; a property that is called like one of them stays. */
function strip(value: Json, isProperties = false): Json {
  if (Array.isArray(value)) return value.map((item) => strip(item));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(
    ([key]) => isProperties || !(prose.includes(key) || key.startsWith("x-")),
  );
  return Object.fromEntries(
    kept.map(([key, item]) => [key, strip(item, !isProperties && key === "properties")]),
  );
}

/** The parts that this value refers to, and theirs. */
function collect(value: Json, all: JsonObject, into: Map<string, Json>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, all, into);
  if (!isObject(value)) return;
  const reference = value.$ref;
  if (typeof reference === "string" && !into.has(reference)) {
    const part = strip(partOf(all, reference));
    into.set(reference, part);
    collect(part, all, into);
  }
  for (const item of Object.values(value)) collect(item, all, into);
}

function partOf(all: JsonObject, reference: string): Json {
  const part = reference
    .slice(2)
    .split("/")
    .reduce<Json | undefined>((place, key) => (isObject(place) ? place[key] : undefined), all);
  if (part === undefined) throw new Error(`${reference} is not in the description`);
  return part;
}

function pickOperations(all: JsonObject): JsonObject {
  const paths: JsonObject = {};
  const wanted = new Set<string>(operationIds);
  for (const [path, methods] of Object.entries(all.paths as Record<string, JsonObject>))
    for (const [method, operation] of Object.entries(methods)) {
      if (!isObject(operation) || !wanted.delete(String(operation.operationId))) continue;
      const { operationId, parameters = [], requestBody = null, responses } = strip(operation) as JsonObject;
      const body = requestBody === null ? {} : { requestBody };
      paths[path] = {
        ...(paths[path] as JsonObject | undefined),
        [method]: { operationId: operationId ?? "", parameters, ...body, responses: responses ?? {} },
      };
    }
  if (wanted.size > 0) throw new Error(`not in the description: ${[...wanted].join(", ")}`);
  return paths;
}

function pickWebhooks(all: JsonObject): JsonObject {
  const hooks = all["x-webhooks"] as Record<string, JsonObject>;
  return Object.fromEntries(
    webhookNames.map((name) => {
      const post = strip(hooks[name]?.post ?? null) as JsonObject | null;
      if (post === null) throw new Error(`there is no webhook ${name}`);
      return [name, { post: { requestBody: post.requestBody ?? {}, responses: post.responses ?? {} } }];
    }),
  );
}

const folder = process.argv[2];
if (folder === undefined) throw new Error("name the folder of the unpacked package @octokit/openapi");
const read = async (path: string) => JSON.parse(await readFile(join(folder, path), "utf8")) as JsonObject;
const all = await read("generated/api.github.com.json");
const { version, license } = await read("package.json");
const paths = pickOperations(all);
const webhooks = pickWebhooks(all);
const parts = new Map<string, Json>();
collect([paths, webhooks], all, parts);
const components: Record<string, JsonObject> = {};
for (const [reference, part] of [...parts].sort(([one], [other]) => one.localeCompare(other))) {
  const [, , kind = "", name = ""] = reference.split("/");
  components[kind] = { ...components[kind], [name]: part };
}
const document = {
  openapi: all.openapi,
  info: {
    title: "GitHub's API: the operations that Seatrial's tests use",
    version,
    license,
    "x-source": `npm package @octokit/openapi ${version} (${license}), Copyright (c) 2020 Octokit contributors`,
    "x-made-by": "test/support/github/extract-description.ts",
  },
  paths,
  "x-webhooks": webhooks,
  components,
};
const target = join(import.meta.dirname, "../../fixtures/github/api.github.com.json");
await writeFile(target, `${JSON.stringify(document)}\n`);
