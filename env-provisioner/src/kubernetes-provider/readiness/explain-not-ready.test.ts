import type { Pod, PodStatus } from "@seatrial/kube-link/kube-types.ts";
import { describe, expect, test } from "vitest";
import { troubleOfPod } from "./explain-not-ready.ts";

const pod = (status: object): Pod => ({ metadata: { name: "web-1" }, status: status as PodStatus }) as Pod;
const container = (rest: object) => pod({ containerStatuses: [{ name: "web", ...rest }] });

describe("why a pod is not ready", () => {
  test("an image that cannot be pulled is named", () => {
    const [trouble] = troubleOfPod(
      container({
        image: "shop/web:9",
        state: { waiting: { reason: "ImagePullBackOff", message: "not found" } },
      }),
    );
    expect(trouble).toBe("pod web-1, container web: ImagePullBackOff (image shop/web:9): not found");
  });

  test("a pod that fits no node says what the scheduler says", () => {
    const conditions = [
      {
        type: "PodScheduled",
        status: "False",
        reason: "Unschedulable",
        message: "0/1 nodes: Insufficient cpu",
      },
    ];
    expect(troubleOfPod(pod({ conditions }))).toEqual([
      "pod web-1 is not scheduled: 0/1 nodes: Insufficient cpu",
    ]);
  });

  test("a container that ended tells its code and not what it wrote", () => {
    const [trouble] = troubleOfPod(
      container({ state: { terminated: { exitCode: 3, reason: "Error", message: "password is 4711" } } }),
    );
    expect(trouble).toBe("pod web-1, container web: ended with code 3 (Error)");
  });

  test("a probe that does not succeed is told, a container that is being made is not", () => {
    expect(troubleOfPod(container({ ready: false, state: { running: {} } }))[0]).toContain("readiness probe");
    expect(troubleOfPod(container({ state: { waiting: { reason: "ContainerCreating" } } }))).toEqual([]);
  });
});
