import type { AnyGrant, ClaimAnswer } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import { createBackoff } from "@seatrial/contracts/time/backoff.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { HubLink } from "../link/create-hub-link.ts";
import { isFinal } from "./is-final.ts";
import type { LeaseTable } from "./lease-table.ts";

export type ReceiveClaimDeps<Kind extends AnyGrant["kind"]> = {
  link: Pick<HubLink, "acknowledge">;
  table: LeaseTable<Extract<AnyGrant, { kind: Kind }>>;
  /** The only kind that this process claims; a hub that grants another has a fault, and its lease runs out. */
  kind: Kind;
  instance: string;
  clock: Clock;
  logger: Logger;
  /** This process stops: nothing is waited for any more. */
  signal: AbortSignal;
};

/**
 * What an answered claim means:
 *
 *   claim → acknowledge on receipt → dedupe → slots → run
 *
 * Only accepted leases are taken over. An acknowledgement that gets no answer is repeated for as long as a lease lives:
 * what the hub has heard of would else be lost, though nobody works on it. What it has not heard of by then, it hands
 * out again, which costs no attempt: a process that stops acknowledges nothing.
 */
export async function receiveClaim<Kind extends AnyGrant["kind"]>(
  deps: ReceiveClaimDeps<Kind>,
  answer: ClaimAnswer,
): Promise<void> {
  const { table } = deps;
  table.obey(answer.orders);
  const grants = ofKind(answer.leases, deps.kind);
  const fresh = grants.filter((grant) => !table.knows(grant.leaseId));
  if (grants.length === 0 || deps.signal.aborted) return;
  const leases = grants.map((grant) => grant.leaseId);
  const { accepted, refused } = await acknowledge(deps, leases, answer.times.leaseSeconds);
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

/** Rejects when the hub refuses for good, or says nothing for as long as the leases live or this process does. */
async function acknowledge(
  deps: Pick<ReceiveClaimDeps<AnyGrant["kind"]>, "instance" | "clock" | "signal"> & {
    link: Pick<HubLink, "acknowledge">;
  },
  leases: string[],
  leaseSeconds: number,
): Promise<{ accepted: string[]; refused: string[] }> {
  const { link, instance, clock, signal } = deps;
  const backoff = createBackoff({ firstMilliseconds: 200, maxMilliseconds: 5_000, random: Math.random });
  const until = clock.elapsed() + leaseSeconds * 1_000;
  for (;;) {
    try {
      return await link.acknowledge({ instance, leases });
    } catch (error) {
      if (isFinal(error) || clock.elapsed() >= until) throw error;
      await clock.sleep(backoff.next(), signal);
      if (signal.aborted) throw error;
    }
  }
}
