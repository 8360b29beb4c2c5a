import type { ClaimAnswer } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import type { HubLink } from "@seatrial/hub-link/link/create-hub-link.ts";
import type { AttemptTable } from "./attempt-table.ts";

export type ReceiveClaimDeps = {
  link: Pick<HubLink, "acknowledge">;
  table: AttemptTable;
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
export async function receiveClaim(deps: ReceiveClaimDeps, answer: ClaimAnswer): Promise<void> {
  const { table } = deps;
  table.stop(answer.disowned, "disowned");
  table.stop(answer.cancelled, "cancelled");
  const fresh = answer.leases.filter((grant) => !table.knows(grant.leaseId));
  if (answer.leases.length === 0) return;
  const leases = answer.leases.map((grant) => grant.leaseId);
  const { accepted, refused } = await acknowledge(deps, leases);
  if (refused.length > 0)
    deps.logger.info({ refused }, "leases went elsewhere before they were acknowledged");
  table.stop(refused, "disowned");
  table.take(
    fresh.filter((grant) => grant.kind === "shard").filter((grant) => accepted.includes(grant.leaseId)),
    false,
  );
}

/** Once more at once: most lost answers are one broken connection. */
function acknowledge({ link, instance }: ReceiveClaimDeps, leases: string[]) {
  return link.acknowledge({ instance, leases }).catch(() => link.acknowledge({ instance, leases }));
}
