import type { AnyGrant, ClaimAnswer } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import type { HubLink } from "../link/create-hub-link.ts";
import type { LeaseTable } from "./lease-table.ts";

export type ReceiveClaimDeps<Kind extends AnyGrant["kind"]> = {
  link: Pick<HubLink, "acknowledge">;
  table: LeaseTable<Extract<AnyGrant, { kind: Kind }>>;
  /** The only kind that this process claims; a hub that grants another has a fault, and its lease runs out. */
  kind: Kind;
  instance: string;
  logger: Logger;
};

/**
 * What an answered claim means:
 *
 *   claim → acknowledge on receipt → dedupe → slots → run
 *
 * Only accepted leases are taken over. When the acknowledgement gets no answer, nothing is: the hub hands what it
 * has not heard of out again, and a repeated acknowledgement of what it has heard of is accepted again.
 */
export async function receiveClaim<Kind extends AnyGrant["kind"]>(
  deps: ReceiveClaimDeps<Kind>,
  answer: ClaimAnswer,
): Promise<void> {
  const { table } = deps;
  table.obey(answer.orders);
  const grants = ofKind(answer.leases, deps.kind);
  const fresh = grants.filter((grant) => !table.knows(grant.leaseId));
  if (grants.length === 0) return;
  const leases = grants.map((grant) => grant.leaseId);
  const { accepted, refused } = await acknowledge(deps, leases);
  if (refused.length > 0)
    deps.logger.info({ refused }, "leases went elsewhere before they were acknowledged");
  table.stop(refused, "disowned");
  table.take(
    fresh.filter((grant) => accepted.includes(grant.leaseId)),
    false,
  );
}

/** The grants of one kind. */
export function ofKind<Kind extends AnyGrant["kind"]>(
  grants: readonly AnyGrant[],
  kind: Kind,
): Extract<AnyGrant, { kind: Kind }>[] {
  return grants.filter((grant): grant is Extract<AnyGrant, { kind: Kind }> => grant.kind === kind);
}

/** Once more at once: most lost answers are one broken connection. */
function acknowledge(
  { link, instance }: { link: Pick<HubLink, "acknowledge">; instance: string },
  leases: string[],
) {
  return link.acknowledge({ instance, leases }).catch(() => link.acknowledge({ instance, leases }));
}
