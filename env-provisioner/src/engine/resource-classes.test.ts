import pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test } from "vitest";
import { builtInFields } from "../templates/fields/known-fields.ts";
import { loadClasses } from "./resource-classes.ts";

type Registered = { type: string; inputs: Record<string, unknown> };
const registered = new Map<string, Registered>();

beforeAll(() =>
  pulumi.runtime.setMocks({
    newResource({ name, type, inputs }) {
      registered.set(name, { type, inputs });
      return { id: name, state: inputs };
    },
    call: () => ({}),
  }),
);

/** What reaches the engine of an object with these fields. */
async function register(
  apiVersion: string,
  kind: string,
  fields: Record<string, unknown>,
): Promise<Registered> {
  const name = `${apiVersion}/${kind}/${Object.keys(fields).join()}`;
  const object = { apiVersion, kind, metadata: { name: "a" }, ...fields };
  const resource = (await loadClasses([object]))(object, name, {});
  await new Promise((resolve) => resource.urn.apply(resolve));
  return registered.get(name) ?? { type: "", inputs: {} };
}

/** Every kind of Kubernetes itself, with the fields beside its metadata; a status is nobody's to write. */
const { kinds, types } = builtInFields();
const all = Object.entries(kinds).map(([key, type]) => {
  const [, apiVersion = "", kind = ""] = /^(.*)\/(.*)$/.exec(key) ?? [];
  const fields = Object.keys(types[type] ?? {}).filter(
    (field) => !["apiVersion", "kind", "metadata", "status", "stringData"].includes(field),
  );
  return { apiVersion, kind, fields };
});

test("every field of every kind reaches the engine, typed by the SDK or not, and unknown ones too", async () => {
  expect(all.length).toBeGreaterThan(40);
  for (const { apiVersion, kind, fields } of all) {
    const { type, inputs } = await register(
      apiVersion,
      kind,
      Object.fromEntries([...fields, "notAField"].map((field) => [field, { a: "b" }])),
    );
    expect(type).toBe(`kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`);
    expect(Object.keys(inputs), `${apiVersion}/${kind}`).toEqual(
      expect.arrayContaining([...fields, "notAField"]),
    );
    const known = await register(
      apiVersion,
      kind,
      Object.fromEntries(fields.map((field) => [field, { a: "b" }])),
    );
    expect(Object.keys(known.inputs), `${apiVersion}/${kind}`).toEqual(expect.arrayContaining(fields));
  }
});
