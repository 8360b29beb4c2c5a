import { KubeError } from "@seatrial/kube-link/kube-error.ts";
import { describe, expect, test } from "vitest";
import { fieldsThatCannotChange } from "./diff-object.ts";

const invalid = (message: string, field = "spec") =>
  new KubeError(422, "Invalid", `PATCH …: ${message}`, {
    causes: [{ reason: "FieldValueInvalid", message, field }],
  });

describe("a change that the API server refuses", () => {
  test.each([
    ["a selector", 'Invalid value: {"app":"b"}: field is immutable', "spec.selector"],
    ["a Service's address", "Invalid value: []: may not change once set", "spec.clusterIPs[0]"],
    [
      "a StatefulSet's claims",
      "Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden",
      "spec",
    ],
    ["a Pod's containers", "Forbidden: pod updates may not change fields other than image", "spec"],
  ])("means a replacement for %s", (_, message, field) => {
    expect(fieldsThatCannotChange(invalid(message, field))).toEqual([field]);
  });

  test("is only a refusal when the value is wrong, or for another reason", () => {
    expect(fieldsThatCannotChange(invalid("Invalid value: -1: must be greater than 0"))).toEqual([]);
    expect(fieldsThatCannotChange(new KubeError(403, "Forbidden", "immutable"))).toEqual([]);
    expect(fieldsThatCannotChange(new Error("immutable"))).toEqual([]);
  });
});
