import type { LabInventory } from "@seatrial/lab/lab-inventory.ts";
import { expect, test } from "vitest";
import { compareInventories } from "./compare-inventories.ts";

const machine: LabInventory = {
  ...{ folders: ["/var/lib/cni"], processes: ["7 etcd"], links: ["lo"], nameSpaces: ["net:[1]"] },
  ...{ mounts: ["/ / rw"], cgroups: ["/a"], firewallRules: ["accept", "drop"], sysctls: ["net/ipv4=0"] },
};

test("a machine as it was before has no changes", () => {
  expect(compareInventories(machine, structuredClone(machine))).toEqual([]);
});

test("what was left is named, and what was taken away, but not that somebody else's process ended", () => {
  const after = { ...machine, processes: ["9 kubelet"], links: ["br0", "lo"], folders: [], nameSpaces: [] };
  expect(compareInventories(machine, after)).toEqual([
    "gone from folders: /var/lib/cni",
    "new in processes: 9 kubelet",
    "new in links: br0",
  ]);
});

test("rules in another order or number are a change", () => {
  const twice = { ...machine, firewallRules: ["accept", "drop", "drop"] };
  expect(compareInventories(machine, twice)).toEqual([
    "firewallRules: the same lines, in another order or number",
  ]);
});

test("of many changes the first few are named", () => {
  const after = { ...machine, cgroups: ["/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h"] };
  expect(compareInventories(machine, after)).toHaveLength(6);
  expect(compareInventories(machine, after).at(-1)).toBe("and 2 more of cgroups");
});
