import type { LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { HeldLease } from "@seatrial/hub-link/leases/held-lease.ts";
import type { LeaseTable } from "@seatrial/hub-link/leases/lease-table.ts";

/** An attempt this agent has in hand, from its acknowledgement until the hub has its end. */
export type Attempt = HeldLease<LeaseGrant>;
export type AttemptTable = LeaseTable<LeaseGrant>;
