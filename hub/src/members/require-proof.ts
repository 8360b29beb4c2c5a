import { nonceHeader, proofHeader, proofLeewaySeconds } from "@seatrial/contracts/agent-protocol/proof.ts";
import { isServed, protocolOf } from "@seatrial/contracts/agent-protocol/versions.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { eq } from "drizzle-orm";
import type { JWK } from "jose";
import type { HubDeps } from "../app/hub-deps.ts";
import { clusters, members, requestProofs } from "../database/schema/clusters.ts";
import type { Nonces } from "./nonces.ts";
import { readProof, readProofKey } from "./read-proof.ts";

/** A process that joined and proved a request, with the cluster it speaks for. */
export type Member = {
  id: string;
  role: "agent" | "provisioner";
  thumbprint: string;
  clusterId: string;
  clusterName: string;
};

export type ProofDeps = Pick<HubDeps, "database" | "clock" | "settings"> & { readonly nonces: Nonces };

type ProofRequest = { method: string; url: string; body: Uint8Array; proof: string | null };

/**
 * The member that proved this request. The key is looked up by its thumbprint each time, so a revocation cuts at
 * once. Remembers in which version of the protocol it speaks. Errors: `proof_missing`, `proof_invalid`, `clock_skew`, `nonce_required`, `proof_replayed`, `member_revoked`.
 */
export async function requireMember(deps: ProofDeps, request: ProofRequest): Promise<Member> {
  const proof = presentProof(request);
  const { thumbprint } = await readProofKey(proof);
  const [found] = await deps.database
    .select({ member: members, cluster: clusters })
    .from(members)
    .innerJoin(clusters, eq(clusters.id, members.clusterId))
    .where(eq(members.thumbprint, thumbprint));
  if (found === undefined)
    throw new SeatrialError("proof_invalid", `No member of a cluster has the key ${thumbprint}: join first.`);
  const { member, cluster } = found;
  await checkProof(deps, request, proof, member.publicJwk as JWK, thumbprint);
  if (member.revokedAt !== null || cluster.revokedAt !== null) throw revoked(cluster.name);
  const { id, role } = member;
  const protocol = protocolOf(new URL(request.url).pathname);
  if (isServed(protocol) && protocol !== member.protocol)
    await deps.database.update(members).set({ protocol }).where(eq(members.id, id));
  return { id, role, thumbprint, clusterId: cluster.id, clusterName: cluster.name };
}

/** The thumbprint of the key that joins: proven to be the caller's, known to nobody yet. */
export async function requireJoinProof(deps: ProofDeps, request: ProofRequest): Promise<string> {
  const proof = presentProof(request);
  const { jwk, thumbprint } = await readProofKey(proof);
  if (jwk === null)
    throw new SeatrialError("proof_invalid", "A proof that joins must carry its key as 'jwk' in the header.");
  await checkProof(deps, request, proof, jwk, thumbprint);
  return thumbprint;
}

/** The error of whoever was revoked. */
export function revoked(cluster: string): SeatrialError {
  return new SeatrialError(
    "member_revoked",
    `Cluster "${cluster}" was revoked: install its agent again with a new join token.`,
  );
}

function presentProof({ proof }: ProofRequest): string {
  if (proof === null || proof === "")
    throw new SeatrialError("proof_missing", `This route needs a proof of the request in ${proofHeader}.`);
  if (proof.length > 8_000) throw new SeatrialError("proof_invalid", "The proof is longer than 8000 bytes.");
  return proof;
}

async function checkProof(
  deps: ProofDeps,
  request: ProofRequest,
  proof: string,
  jwk: JWK,
  thumbprint: string,
): Promise<void> {
  const now = deps.clock.now();
  const { pathname, search } = new URL(request.url);
  const urls = deps.settings.publicUrls.map((base) => `${base}${pathname}${search}`);
  const payload = await readProof(proof, jwk, { method: request.method, urls, body: request.body }, now);
  if (payload.nonce === undefined || !deps.nonces.accepts(payload.nonce, now))
    throw new SeatrialError(
      "nonce_required",
      `Repeat the request with the nonce of this answer's ${nonceHeader} in its proof.`,
    );
  const expiresAt = new Date(now.getTime() + 2 * proofLeewaySeconds * 1_000 + 1_000);
  const inserted = await deps.database
    .insert(requestProofs)
    .values({ id: `${thumbprint}:${payload.jti}`, expiresAt })
    .onConflictDoNothing()
    .returning({ id: requestProofs.id });
  if (inserted.length === 0)
    throw new SeatrialError("proof_replayed", "This proof was used before: make a new one per request.");
}
