import type { NetworkPolicyFinding } from "@seatrial/contracts/agent-protocol/network-policy.ts";
import { eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { members } from "../database/schema/clusters.ts";
import type { Member } from "./require-proof.ts";

/** Remembers whether a member's cluster keeps pods to their network policies. The time is the hub's. */
export async function noteNetworkPolicy(
  deps: Pick<HubDeps, "database" | "clock">,
  member: Pick<Member, "id">,
  finding: NetworkPolicyFinding,
): Promise<void> {
  const networkPolicy = { ...finding, checkedAt: deps.clock.now().toISOString() };
  await deps.database.update(members).set({ networkPolicy }).where(eq(members.id, member.id));
}
