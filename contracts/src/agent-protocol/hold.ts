import { z } from "zod";
import { allocatableSchema, anyGrantSchema, clusterStateSchema } from "./claim.ts";
import { leaseTimesSchema } from "./join.ts";
import { ordersSchema } from "./orders.ts";

const leaseIds = z.array(z.string().max(40)).max(5_000);

/** `POST /agent/v2/acknowledge`, on receipt and before any pod is made. */
export const acknowledgeRequestSchema = z
  .object({ instance: z.string().min(8).max(64), leases: leaseIds.min(1) })
  .strict();
/** `refused` leases went back to the queue or elsewhere: make no pod for them. */
export const acknowledgeAnswerSchema = z.object({ accepted: leaseIds, refused: leaseIds });

/** `POST /agent/v2/heartbeat`: one request for all leases of this instance, every `heartbeatSeconds`. */
export const heartbeatRequestSchema = z
  .object({
    instance: z.string().min(8).max(64),
    leases: leaseIds,
    allocatable: allocatableSchema.nullable().default(null),
  })
  .strict();
/** `leases` are still this instance's, until then; `orders` say which of the named ones must stop. */
export const heartbeatAnswerSchema = z.object({
  leases: z.array(z.object({ leaseId: z.string(), expiresAt: z.iso.datetime().nullable() })),
  orders: ordersSchema,
  clusterState: clusterStateSchema,
  times: leaseTimesSchema,
});
export type HeartbeatAnswer = z.infer<typeof heartbeatAnswerSchema>;

/**
 * `POST /agent/v2/adopt`, once after a start: the leases whose pods were found in the cluster, by label. Held ones
 * move to the new instance (with their grants again); an order says which others are to be stopped, and how. Acknowledged leases of this
 * member that are not named here have no pod: the hub ends them as lost at once.
 */
export const adoptRequestSchema = z
  .object({ instance: z.string().min(8).max(64), leases: leaseIds })
  .strict();
export const adoptAnswerSchema = z.object({
  held: z.array(anyGrantSchema),
  orders: ordersSchema,
  clusterState: clusterStateSchema,
  times: leaseTimesSchema,
});
export type AdoptAnswer = z.infer<typeof adoptAnswerSchema>;
