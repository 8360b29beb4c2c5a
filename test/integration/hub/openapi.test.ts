import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases } from "../../support/databases.ts";
import { createTestHub, type TestHub } from "../../support/test-hub.ts";

type Operation = { summary?: string; security?: object[]; responses: Record<string, unknown> };
type Document = { openapi: string; paths: Record<string, Record<string, Operation>>; components: object };

describe("the hub's OpenAPI document", () => {
  let hub: TestHub;
  let document: Document;
  beforeAll(async () => {
    const [pglite] = databases;
    if (pglite === undefined) throw new Error("there is no database to test on");
    hub = await createTestHub(pglite);
    document = await hub.json<Document>("GET", "/v1/openapi.json", { token: null });
  });
  afterAll(() => hub.close());

  test("is valid OpenAPI 3.1", async () => {
    expect(document.openapi).toBe("3.1.0");
    const outcome = await new Validator().validate(structuredClone(document));
    expect(outcome.errors ?? []).toEqual([]);
    expect(outcome.valid).toBe(true);
  });

  test("names every route that the hub serves", () => {
    const served = hub.app.routes
      .filter(({ method, path }) => method !== "ALL" && path !== "/v1/openapi.json")
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:([A-Za-z0-9]+)/g, "{$1}")}`);
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect([...new Set(served)].sort()).toEqual(documented.sort());
  });

  test("says of every route what it is for, who may call it and how it fails", () => {
    const lacking = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, operation]) => [
        ...(operation.summary ? [] : [`${method} ${path}: summary`]),
        ...(operation.security?.length === 1 || path.endsWith("z") ? [] : [`${method} ${path}: security`]),
        ...(["4XX", "5XX"].every((status) => status in operation.responses)
          ? []
          : [`${method} ${path}: problems`]),
      ]),
    );
    expect(lacking).toEqual([]);
  });
});
