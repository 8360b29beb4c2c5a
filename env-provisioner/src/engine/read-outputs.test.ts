import { expect, test } from "vitest";
import { fieldOf } from "./read-outputs.ts";

const object = {
  metadata: { annotations: { "example.com/a.b": "note" } },
  spec: { clusterIP: "10.0.0.1", ports: [{ nodePort: 31_000 }] },
};

test.each([
  ["spec.clusterIP", "10.0.0.1"],
  ["spec.ports[0].nodePort", 31_000],
  ['metadata.annotations["example.com/a.b"]', "note"],
  ["spec.ports[1].nodePort", undefined],
  ["spec.clusterIP.length", undefined],
  ["constructor.name", undefined],
])("the field %s of an object", (field, value) => {
  expect(fieldOf(object, field)).toBe(value);
});
