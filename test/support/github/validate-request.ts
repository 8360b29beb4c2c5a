import { findFaults, type Operation } from "./description.ts";
import { findUnknown } from "./find-unknown.ts";
import type { JsonObject } from "./json.ts";

export type ReceivedRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: Uint8Array;
};
export type ValidRequest = { readonly body: JsonObject; readonly faults: readonly string[] };

const accepted = /^application\/(?:json|vnd\.github(?:\.[\w-]+)*(?:\+json)?)(?:\s*;.*)?$/;

/** What a request has that GitHub's description does not allow, and its body. */
export function validateRequest(
  operation: Operation,
  params: Readonly<Record<string, string>>,
  request: ReceivedRequest,
): ValidRequest {
  const { body, faults } = readBody(operation, request);
  const all = [...headerFaults(request), ...parameterFaults(operation, params, request.query), ...faults];
  return { body, faults: all };
}

function headerFaults({ headers }: ReceivedRequest): string[] {
  const faults: string[] = [];
  if ((headers.get("user-agent") ?? "") === "") faults.push("there is no user-agent");
  const accept = headers.get("accept") ?? "";
  for (const type of accept.split(","))
    if (type.trim() !== "*/*" && !accepted.test(type.trim()))
      faults.push(`accept is no type of GitHub's: ${accept}`);
  const version = headers.get("x-github-api-version");
  if (version !== null && version !== "2022-11-28") faults.push(`there is no API version ${version}`);
  const authorization = headers.get("authorization");
  if (authorization !== null && !/^(?:bearer|token) \S+$/i.test(authorization))
    faults.push("authorization is neither 'Bearer …' nor 'token …'");
  return faults;
}

function parameterFaults(
  operation: Operation,
  params: Readonly<Record<string, string>>,
  query: URLSearchParams,
): string[] {
  const known = new Map(operation.parameters.map((each) => [`${each.in} ${each.name}`, each]));
  const faults: string[] = [];
  for (const key of new Set(query.keys()))
    if (!known.has(`query ${key}`)) faults.push(`the query ${key} is not in the description`);
  for (const { name, in: place, required, schema } of known.values()) {
    const value = place === "path" ? params[name] : place === "query" ? query.get(name) : null;
    if (value === null || value === undefined) {
      if (required === true) faults.push(`the ${place} parameter ${name} is missing`);
      continue;
    }
    for (const fault of findFaults(schema, coerce(schema, value)))
      faults.push(`the ${place} parameter ${name}: ${fault}`);
  }
  return faults;
}

function coerce(schema: JsonObject, value: string): unknown {
  if (schema.type === "integer" && /^-?\d+$/.test(value)) return Number(value);
  if (schema.type === "boolean" && /^(?:true|false)$/.test(value)) return value === "true";
  return value;
}

function readBody(operation: Operation, request: ReceivedRequest): ValidRequest {
  const text = Buffer.from(request.body).toString();
  if (text === "") return { body: {}, faults: operation.body?.required === true ? ["there is no body"] : [] };
  if (operation.body === null) return { body: {}, faults: ["it takes no body"] };
  if (!/^application\/json\b/.test(request.headers.get("content-type") ?? ""))
    return { body: {}, faults: ["the body's content-type is not application/json"] };
  try {
    const body = JSON.parse(text) as JsonObject;
    const faults = [...findFaults(operation.body.schema, body), ...findUnknown(operation.body.schema, body)];
    return { body, faults: faults.map((fault) => `the body: ${fault}`) };
  } catch {
    return { body: {}, faults: ["the body is no JSON"] };
  }
}
