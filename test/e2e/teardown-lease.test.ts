import { newId } from "@seatrial/contracts/ids.ts";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import { withOperationLease } from "@seatrial/env-provisioner/one-writer/with-operation-lease.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canRunLab } from "../support/lab-stack.ts";
import { openRemovalWorld, type RemovalWorld } from "../support/removal-world.ts";

const contenders = Array.from({ length: 12 }, (_, index) => `contender-${index}`);

describe.runIf(canRunLab)("the Lease of an environment on a real API server", () => {
  let world: RemovalWorld;
  beforeAll(async () => {
    world = await openRemovalWorld();
  });
  afterAll(() => world?.close());

  test("lets one of many work at a time, and all of them in the end, after a holder that died", async () => {
    const environmentId = newId("environment");
    const common = { kube: world.kube, leaseNamespace: "default", environmentId, clock: systemClock };
    const name = `seatrial-${environmentId}`;
    await world.kubectl.apply({
      ...{ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name, namespace: "default" } },
      spec: { holderIdentity: "dead", leaseDurationSeconds: 2, renewTime: "2020-01-01T00:00:00.000000Z" },
    });
    const order: string[] = [];
    let inside = 0;
    const most: number[] = [];
    await Promise.all(
      contenders.map((holder) =>
        withOperationLease({ ...common, holder, leaseSeconds: 15, waitSeconds: 300 }, async () => {
          inside += 1;
          most.push(inside);
          await systemClock.sleep(50);
          order.push(holder);
          inside -= 1;
        }),
      ),
    );
    expect(Math.max(...most)).toBe(1);
    expect(order.toSorted()).toEqual(contenders.toSorted());
    expect(await world.kubectl.run(["-n", "default", "get", "lease", name, "--ignore-not-found"])).toBe("");
  });
});
