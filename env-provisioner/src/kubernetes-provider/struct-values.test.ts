import { describe, expect, test } from "vitest";
import {
  holdsSignature,
  holdsUnknown,
  isSame,
  signatureKey,
  toObject,
  toStruct,
  unknownValue,
} from "./struct-values.ts";

describe("values for the engine", () => {
  test("come back as they went, without what is null", () => {
    const object = { kind: "A", spec: { list: [1, { b: null, c: "" }], empty: {}, gone: null, off: false } };
    expect(toObject(toStruct(object))).toEqual({
      kind: "A",
      spec: { list: [1, { c: "" }], empty: {}, off: false },
    });
  });

  test("are the same whatever the order of their keys, and differ in length, kind or value", () => {
    expect(isSame({ a: [1, { b: 2 }], c: "x" }, { c: "x", a: [1, { b: 2 }] })).toBe(true);
    for (const other of [{ a: [1] }, { a: { 0: 1, 1: 2 } }, { a: [1, 3] }, { b: [1, 2] }, null])
      expect(isSame({ a: [1, 2] }, other)).toBe(false);
  });

  test("tell what is unknown, and what would mean something to the engine", () => {
    expect(holdsUnknown({ a: [{ b: unknownValue }] })).toBe(true);
    expect(holdsUnknown({ a: "known" })).toBe(false);
    expect(holdsSignature({ spec: [{ [signatureKey]: "1b47061264138c4ac30d75fd1eb44270" }] })).toBe(true);
    expect(holdsSignature({ spec: signatureKey })).toBe(false);
  });
});
