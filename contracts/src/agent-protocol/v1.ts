import { z } from "zod";
import { anyGrantSchema, type ClaimAnswer, claimRequestSchema } from "./claim.ts";
import type { AdoptAnswer, HeartbeatAnswer } from "./hold.ts";
import { leaseTimesSchema } from "./join.ts";
import { leasesTold, type Order } from "./orders.ts";

/**
 * Version 1 of the agent protocol where it differs from version 2: two lists instead of orders, and no `release`, which
 * is `disowned` for its agents. Served until version 3 comes.
 */
const leaseIds = z.array(z.string().max(40)).max(5_000);

/** `POST /agent/v1/claim`. */
export const claimRequestV1Schema = claimRequestSchema.omit({ spool: true });

export const claimAnswerV1Schema = z.object({
  leases: z.array(anyGrantSchema),
  /** Leases whose work must stop: finish them with reason `cancelled`. */
  cancelled: z.array(z.string()),
  /** Leases named in `running` that are not (or no longer) this agent's: kill the work, report nothing. */
  disowned: z.array(z.string()),
  times: leaseTimesSchema,
});
export type ClaimAnswerV1 = z.infer<typeof claimAnswerV1Schema>;

/** `POST /agent/v1/heartbeat`. */
export const heartbeatAnswerV1Schema = z.object({
  leases: z.array(
    z.object({
      leaseId: z.string(),
      state: z.enum(["held", "cancelled", "disowned"]),
      expiresAt: z.iso.datetime().nullable(),
    }),
  ),
  times: leaseTimesSchema,
});
export type HeartbeatAnswerV1 = z.infer<typeof heartbeatAnswerV1Schema>;

/** `POST /agent/v1/adopt`. */
export const adoptAnswerV1Schema = z.object({
  held: z.array(anyGrantSchema),
  cancelled: leaseIds,
  disowned: leaseIds,
  times: leaseTimesSchema,
});
export type AdoptAnswerV1 = z.infer<typeof adoptAnswerV1Schema>;

/** The hub's edge: an answer of today in the words of version 1. */
export function claimToV1({ leases, orders, times }: ClaimAnswer): ClaimAnswerV1 {
  return { leases, ...listsOf(orders), times };
}

/** The hub's edge, for the leases that were asked about. */
export function heartbeatToV1(asked: readonly string[], answer: HeartbeatAnswer): HeartbeatAnswerV1 {
  const cancelled = new Set(leasesTold(answer.orders, "cancel"));
  const stopped = new Set(leasesTold(answer.orders, "disown", "release"));
  const until = new Map(answer.leases.map(({ leaseId, expiresAt }) => [leaseId, expiresAt]));
  const leases = asked.map((leaseId) => {
    const expiresAt = until.get(leaseId);
    if (expiresAt === undefined || stopped.has(leaseId))
      return { leaseId, state: "disowned" as const, expiresAt: null };
    return { leaseId, state: cancelled.has(leaseId) ? ("cancelled" as const) : ("held" as const), expiresAt };
  });
  return { leases, times: answer.times };
}

/** The hub's edge. */
export function adoptToV1({ held, orders, times }: AdoptAnswer): AdoptAnswerV1 {
  return { held, ...listsOf(orders), times };
}

/** An agent that met an older hub: its answer in the words of today. */
export function claimFromV1({ leases, times, ...lists }: ClaimAnswerV1): ClaimAnswer {
  return { leases, orders: ordersOf(lists), clusterState: null, times };
}

/** An agent that met an older hub. */
export function heartbeatFromV1({ leases, times }: HeartbeatAnswerV1): HeartbeatAnswer {
  const inState = (wanted: string) =>
    leases.filter(({ state }) => state === wanted).map(({ leaseId }) => leaseId);
  return {
    leases: leases
      .filter(({ state }) => state !== "disowned")
      .map(({ leaseId, expiresAt }) => ({ leaseId, expiresAt })),
    orders: ordersOf({ cancelled: inState("cancelled"), disowned: inState("disowned") }),
    clusterState: null,
    times,
  };
}

/** An agent that met an older hub. */
export function adoptFromV1({ held, times, ...lists }: AdoptAnswerV1): AdoptAnswer {
  return { held, orders: ordersOf(lists), clusterState: null, times };
}

function listsOf(orders: readonly Order[]): { cancelled: string[]; disowned: string[] } {
  return { cancelled: leasesTold(orders, "cancel"), disowned: leasesTold(orders, "disown", "release") };
}

function ordersOf(lists: { cancelled: readonly string[]; disowned: readonly string[] }): Order[] {
  return [
    ...lists.cancelled.map((leaseId) => ({ leaseId, order: "cancel" as const })),
    ...lists.disowned.map((leaseId) => ({ leaseId, order: "disown" as const })),
  ];
}
