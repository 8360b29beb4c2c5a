import type { JoinAnswer, JoinRequest } from "@seatrial/contracts/agent-protocol/join.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import { eq } from "drizzle-orm";
import { calculateJwkThumbprint } from "jose";
import { writeAudit } from "../audit/write-audit.ts";
import { hashSecret } from "../auth/secrets.ts";
import type { Transaction } from "../database/database.ts";
import { clusters, joinTokens, members } from "../database/schema/clusters.ts";
import { agentActor } from "../leases/attempt-context.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import { revoked } from "./require-proof.ts";

type Cluster = typeof clusters.$inferSelect;
type JoinToken = typeof joinTokens.$inferSelect;

/**
 * Makes the owner of a key a member of a cluster, once per token. The same token with the same key answers the same
 * again, because an answer may be lost. Errors: `join_token_invalid`, `_expired`, `_used`, `_wrong_role`,
 * `_wrong_cluster`, `proof_invalid` when the announced key is not the one that signed.
 */
export async function joinCluster(
  deps: LeaseDeps,
  request: JoinRequest,
  thumbprint: string,
): Promise<JoinAnswer> {
  if ((await calculateJwkThumbprint(request.publicJwk, "sha256")) !== thumbprint)
    throw new SeatrialError("proof_invalid", "The announced 'publicJwk' is not the key that made the proof.");
  const joined = await deps.database.transaction(async (transaction) => {
    const tx = transaction as Transaction;
    const at = deps.clock.now();
    const { token, cluster } = await lockToken(tx, request.token);
    checkToken(token, cluster, request, thumbprint, at);
    const clusterId = cluster.id;
    if (token.usedAt !== null) return { clusterId, memberId: await usedBy(tx, thumbprint, cluster) };
    const memberId = await writeMember(tx, cluster, request, thumbprint, at);
    await tx
      .update(joinTokens)
      .set({ usedAt: at, usedThumbprint: thumbprint })
      .where(eq(joinTokens.id, token.id));
    const labels = { ...request.labels, ...cluster.labels };
    await tx
      .update(clusters)
      .set({ labels, kubernetesVersion: request.kubernetesVersion })
      .where(eq(clusters.id, cluster.id));
    await writeAudit(tx, {
      projectId: null,
      at,
      actor: agentActor({ id: memberId, clusterName: cluster.name }),
      action: "cluster.join",
      subject: cluster.name,
      data: { role: request.role, version: request.version },
    });
    return { clusterId, memberId };
  });
  return { ...joined, thumbprint, times: deps.settings.leaseTimes };
}

async function lockToken(tx: Transaction, secret: string): Promise<{ token: JoinToken; cluster: Cluster }> {
  const [row] = await tx
    .select({ token: joinTokens, cluster: clusters })
    .from(joinTokens)
    .innerJoin(clusters, eq(clusters.id, joinTokens.clusterId))
    .where(eq(joinTokens.secretSha256, hashSecret(secret)))
    .for("update");
  if (row === undefined)
    throw new SeatrialError(
      "join_token_invalid",
      "The hub does not know this join token: create another one.",
    );
  return row;
}

/** The platform's word first (role, cluster, revocation), then use, then time. */
function checkToken(
  token: JoinToken,
  cluster: Cluster,
  request: JoinRequest,
  thumbprint: string,
  at: Date,
): void {
  if (token.role !== request.role)
    throw new SeatrialError(
      "join_token_wrong_role",
      `This join token is for the role "${token.role}", not "${request.role}": create one for "${request.role}".`,
    );
  if (cluster.name !== request.cluster)
    throw new SeatrialError(
      "join_token_wrong_cluster",
      `This join token is for another cluster than "${request.cluster}": create one for "${request.cluster}".`,
    );
  if (cluster.revokedAt !== null) throw revoked(cluster.name);
  if (token.usedAt !== null) {
    if (token.usedThumbprint === thumbprint) return;
    throw new SeatrialError(
      "join_token_used",
      `This join token was used at ${token.usedAt.toISOString()} with another key: create another one.`,
    );
  }
  if (token.expiresAt <= at)
    throw new SeatrialError(
      "join_token_expired",
      `This join token expired at ${token.expiresAt.toISOString()}: create another one.`,
    );
}

async function usedBy(tx: Transaction, thumbprint: string, cluster: Cluster): Promise<string> {
  const [member] = await tx.select().from(members).where(eq(members.thumbprint, thumbprint));
  if (member === undefined || member.revokedAt !== null) throw revoked(cluster.name);
  return member.id;
}

/** A key that was a member before (of the same cluster and role) is one again. */
async function writeMember(
  tx: Transaction,
  cluster: Cluster,
  request: JoinRequest,
  thumbprint: string,
  at: Date,
): Promise<string> {
  const { role, publicJwk, version } = request;
  const [known] = await tx.select().from(members).where(eq(members.thumbprint, thumbprint)).for("update");
  if (known === undefined) {
    const id = newId("member");
    await tx.insert(members).values({
      id,
      clusterId: cluster.id,
      role,
      thumbprint,
      publicJwk,
      version,
      joinedAt: at,
      lastSeenAt: at,
    });
    return id;
  }
  if (known.clusterId !== cluster.id || known.role !== role)
    throw new SeatrialError(
      "conflict",
      "This key belongs to a member of another cluster or role: let the process make a new key.",
    );
  await tx.update(members).set({ version, lastSeenAt: at, revokedAt: null }).where(eq(members.id, known.id));
  return known.id;
}
