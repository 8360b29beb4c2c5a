import type { ResourceType } from "@seatrial/kube-link/list-all-types.ts";
import { expect, test } from "vitest";
import { isExpired } from "../janitor/run-janitor.ts";
import type { ClusterObject, FoundObject } from "../teardown/found-object.ts";
import { groupEnvironments } from "./find-environments.ts";

const roles: ResourceType = {
  ...{ apiVersion: "rbac/v1", group: "rbac", kind: "ClusterRole", plural: "clusterroles" },
  ...{ namespaced: false, verbs: [] },
};
const object = (name: string, environment: string, expires?: string): ClusterObject => ({
  metadata: {
    ...{ name, uid: `u-${name}` },
    labels: {
      "seatrial.dev/environment": environment,
      ...(expires === undefined ? {} : { "seatrial.dev/expires": expires }),
    },
  },
});
const role = (...facts: Parameters<typeof object>): FoundObject => ({
  type: roles,
  object: object(...facts),
});

test("each namespace is told with its expiry and its environment's cluster-scoped objects", () => {
  const found = groupEnvironments([object("shop", "e-1", "100")], [role("a", "e-1"), role("b", "e-2")]);
  expect(found[0]).toMatchObject({ namespace: "shop", namespaceUid: "u-shop", expiresAtEpochSeconds: 100 });
  expect(found[0]?.clusterScoped.map(({ name, uid }) => [name, uid])).toEqual([["a", "u-a"]]);
});

test("objects that have outlived their namespace are told by themselves, with their earliest expiry", () => {
  const found = groupEnvironments([], [role("a", "e-1", "300"), role("b", "e-1", "200"), role("c", "e-1")]);
  expect(found).toMatchObject([{ environmentId: "e-1", namespace: null, expiresAtEpochSeconds: 200 }]);
  expect(found[0]?.clusterScoped).toHaveLength(3);
});

test.each(["soon", "", "-5", "1e9", "12.5", "99999999999999"])(
  "the expiry '%s' is none, and what has none never expires",
  (text) => {
    const [one] = groupEnvironments([object("shop", "e-1", text)], []);
    expect(one?.expiresAtEpochSeconds).toBeNull();
    expect(one && isExpired(one, Number.MAX_SAFE_INTEGER, 0)).toBe(false);
  },
);

test("an environment expires its margin after its time, so that the hub has its chance first", () => {
  const [one] = groupEnvironments([object("shop", "e-1", "1000")], []);
  expect([1_299_999, 1_300_000].map((now) => one && isExpired(one, now, 300))).toEqual([false, true]);
});

test("a label that is no id is no environment of ours", () => {
  expect(groupEnvironments([object("a", ""), object("b", "x".repeat(41))], [])).toEqual([]);
});
