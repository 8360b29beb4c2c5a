import { expect, test } from "vitest";
import type { Repair } from "./cause.ts";
import { permittedRepair } from "./repair-cause.ts";
import { noRepairs } from "./repair-policy.ts";

const where = { path: "/x", uid: "u-1" };
const repairs: Repair[] = [
  { kind: "remove_finalizer", ...where, finalizer: "example.com/a" },
  { kind: "force_delete_pod", ...where },
  { kind: "delete_api_service", ...where, name: "v1.a.example.com" },
  { kind: "delete_webhook", ...where, name: "guard" },
];

test("nothing is repaired by default", () => {
  expect(repairs.map((repair) => permittedRepair(repair, noRepairs))).toEqual([null, null, null, null]);
  expect(permittedRepair(null, noRepairs)).toBeNull();
});

test.each([
  [{ removeFinalizers: ["example.com/a"] }, 0],
  [{ forceDeletePodsOnLostNodes: true }, 1],
  [{ deleteDeadApiServices: ["v1.a.example.com"] }, 2],
  [{ deleteRefusingWebhooks: ["guard"] }, 3],
])("a permission %o permits one kind of repair", (permission, index) => {
  const permitted = repairs.map(
    (repair) => permittedRepair(repair, { ...noRepairs, ...permission }) !== null,
  );
  expect(permitted).toEqual(repairs.map((_, position) => position === index));
});

test("what a policy names permits only what has that very name", () => {
  const policy = {
    ...noRepairs,
    removeFinalizers: ["example.com/ab", "example.com", "*"],
    deleteDeadApiServices: ["v1.a.example"],
    deleteRefusingWebhooks: ["Guard"],
  };
  expect(repairs.map((repair) => permittedRepair(repair, policy))).toEqual([null, null, null, null]);
});
