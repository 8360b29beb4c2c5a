import type { Node, Pod } from "@seatrial/kube-link/kube-types.ts";
import { expect, it } from "vitest";
import { judgeNode } from "./judge-node.ts";

const pod = { metadata: { name: "st-a" }, spec: { nodeName: "n1" } } as Pod;
const since = "2026-01-01T00:00:00Z";
const node = (status: string): Node => ({
  metadata: { name: "n1" },
  status: { conditions: [{ type: "Ready", status, lastTransitionTime: since }] },
});
const after = (seconds: number) => seconds * 1_000;

it("a silent node counts as lost after its grace, not before", () => {
  expect(judgeNode(pod, node("Unknown"), after(19), 20)).toBeNull();
  expect(judgeNode(pod, node("Unknown"), after(20), 20)?.reason).toBe("node_lost");
});
it("a node that says it is not ready is still there", () => {
  expect(judgeNode(pod, node("False"), after(900), 20)).toBeNull();
  expect(judgeNode(pod, node("True"), after(900), 20)).toBeNull();
});
it("a node that was removed is lost at once", () => {
  expect(judgeNode(pod, null, after(0), 20)?.reason).toBe("node_lost");
});
