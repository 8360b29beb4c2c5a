import { and, eq, isNull, sql } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { members } from "../database/schema/clusters.ts";
import { operations } from "../database/schema/environments.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import { readSilence } from "./read-silence.ts";

/** The provisioners of one cluster together. `slots`: of those that are not silent; null until one of them has asked. */
export type ProvisionerFacts = {
  readonly isSilent: boolean;
  readonly slots: number | null;
  readonly held: number;
};

/** Of each cluster with a provisioner that is not revoked, by cluster. Index: `environment_operations_member`. */
export async function readProvisioners(
  queryable: Queryable,
  deps: Pick<LeaseDeps, "clock" | "settings">,
): Promise<Map<string, ProvisionerFacts>> {
  const rows = await queryable
    .select()
    .from(members)
    .where(and(eq(members.role, "provisioner"), isNull(members.revokedAt)));
  const held = await readHeld(queryable);
  const isSilent = await readSilence(queryable, deps);
  const byCluster = Map.groupBy(rows, ({ clusterId }) => clusterId);
  return new Map(
    [...byCluster].map(([clusterId, own]) => {
      const heard = own.filter((member) => !isSilent(member));
      const asked = heard.flatMap(({ slots }) => slots ?? []);
      const facts = {
        isSilent: heard.length === 0,
        slots: asked.length === 0 ? null : asked.reduce((sum, slots) => sum + slots, 0),
        held: heard.reduce((sum, { id }) => sum + (held.get(id) ?? 0), 0),
      };
      return [clusterId, facts];
    }),
  );
}

async function readHeld(queryable: Queryable): Promise<Map<string | null, number>> {
  const rows = await queryable
    .select({ memberId: operations.memberId, held: sql<number>`count(*)::int` })
    .from(operations)
    .where(eq(operations.state, "leased"))
    .groupBy(operations.memberId);
  return new Map(rows.map(({ memberId, held }) => [memberId, held]));
}
