import type { LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import { adoptRequestSchema } from "@seatrial/contracts/agent-protocol/hold.ts";
import type { Order } from "@seatrial/contracts/agent-protocol/orders.ts";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { createLeaseTable } from "@seatrial/hub-link/leases/lease-table.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { expect, it } from "vitest";
import { createPodFeed } from "../pods/pod-feed.ts";
import { leaseLabel } from "../pods/pod-labels.ts";
import { adoptPods } from "./adopt-pods.ts";

const times = { leaseSeconds: 60, heartbeatSeconds: 10, acknowledgeSeconds: 20 };
const grant = (leaseId: string) =>
  ({ leaseId, kind: "shard", work: { attemptId: `a-${leaseId}` } }) as unknown as LeaseGrant;

/** A process that finds pods with these labels, and a hub that holds what it gives no order for. */
function adopting(labels: string[], orders: Order[]) {
  const feed = createPodFeed();
  for (const lease of labels)
    feed.observe({ metadata: { name: `st-${lease}`, labels: { [leaseLabel]: lease } } } as unknown as Pod);
  const table = createLeaseTable<LeaseGrant>({
    slots: 5,
    logger: silentLogger,
    run: () => new Promise(() => {}),
    onFree: () => {},
  });
  const named: string[] = [];
  const link = {
    async adopt(request: unknown) {
      const { leases } = adoptRequestSchema.parse(request);
      named.push(...leases);
      const held = leases.filter((lease) => !orders.some(({ leaseId }) => leaseId === lease)).map(grant);
      return { held, orders, clusterState: "ready" as const, times };
    },
    finish: async () => ({ state: "over" as const, duplicate: false }),
  };
  const adopt = () =>
    adoptPods({
      ...{ link, feed, table, spool: null, clock: createManualClock(), logger: silentLogger },
      ...{ instance: "instance-1", shutdown: new AbortController().signal },
    });
  return { adopt, table, named };
}

it("a pod whose label is no id of a lease keeps nothing from being adopted", async () => {
  const { adopt, table, named } = adopting(["l-1", "x".repeat(60)], []);
  await adopt();
  expect(named).toEqual(["l-1"]);
  expect(table.leases()).toEqual(["l-1"]);
});
it("the pods of leases that the hub wants stopped, whatever the order, are left over", async () => {
  const { adopt, table } = adopting(
    ["l-1", "l-2", "l-3"],
    [
      { leaseId: "l-1", order: "release" },
      { leaseId: "l-3", order: "disown" },
      { leaseId: "l-none", order: "disown" },
    ],
  );
  const { leftovers } = await adopt();
  expect(leftovers.map(({ metadata }) => metadata.name)).toEqual(["st-l-1", "st-l-3"]);
  expect(table.leases()).toEqual(["l-2"]);
});
