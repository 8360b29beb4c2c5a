import { z } from "zod";

/**
 * What the hub wants done with a lease that an agent named as its own.
 * `cancel`: stop the work and finish it with reason `cancelled`. `disown`: it is not, or no longer, this agent's: stop
 * the work, report nothing. `release`: stop the work and report nothing; the lease stays the agent's until its next
 * claim no longer names it, then the hub gives the work to another cluster.
 */
export const leaseOrders = ["cancel", "disown", "release"] as const;
export type LeaseOrder = (typeof leaseOrders)[number];

export const orderSchema = z.object({ leaseId: z.string().max(40), order: z.enum(leaseOrders) });
export type Order = z.infer<typeof orderSchema>;
export const ordersSchema = z.array(orderSchema).max(5_000);

/** The leases that are told this. */
export function leasesTold(orders: readonly Order[], ...told: LeaseOrder[]): string[] {
  return orders.filter(({ order }) => told.includes(order)).map(({ leaseId }) => leaseId);
}
