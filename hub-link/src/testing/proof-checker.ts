import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { proofHeader, proofLeewaySeconds } from "@seatrial/contracts/agent-protocol/proof.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { calculateJwkThumbprint, decodeProtectedHeader, importJWK, type JWK, jwtVerify } from "jose";

/**
 * The hub's side of request proofs, for tests: signature, method, URL, body, time, nonce and single use. `tellsTime`: a
 * refusal for the time says which it is here.
 */
export function createProofChecker(now: () => number, tellsTime: boolean) {
  const keys = new Map<string, JWK>();
  const forgotten = new Map<string, JWK>();
  const seen = new Set<string>();
  let nonce = "nonce-1";

  return {
    nonce: () => nonce,
    changeNonce(next: string): void {
      nonce = next;
    },
    forget(): void {
      for (const [kid, jwk] of keys) forgotten.set(kid, jwk);
      keys.clear();
    },
    remember(): void {
      for (const [kid, jwk] of forgotten) keys.set(kid, jwk);
    },
    async check(request: IncomingMessage, url: string, body: string): Promise<void> {
      const proof = String(request.headers[proofHeader] ?? "");
      const header = decodeProtectedHeader(proof);
      const joining = /^\/agent\/v\d+\/join$/.test(request.url ?? "");
      const jwk = joining ? header.jwk : keys.get(header.kid ?? "");
      if (!jwk) throw new SeatrialError("proof_invalid", "No member has this key: join first.");
      const { payload } = await jwtVerify(proof, await importJWK(jwk, "ES256"));
      if (payload.htm !== request.method || payload.htu !== `${url}${request.url}`)
        throw new SeatrialError("proof_invalid", "The proof is for another request.");
      if (payload.bh !== createHash("sha256").update(body).digest("base64url"))
        throw new SeatrialError("proof_invalid", "The proof is for another body.");
      if (Math.abs((payload.iat ?? 0) - now() / 1_000) > proofLeewaySeconds)
        throw new SeatrialError(
          "clock_skew",
          `The agent's clock says ${payload.iat}, the hub's ${now() / 1_000}.`,
          tellsTime ? { facts: { hubTime: new Date(now()).toISOString() } } : {},
        );
      if (payload.nonce !== nonce)
        throw new SeatrialError("nonce_required", "Repeat it with the nonce of this answer.");
      if (seen.has(payload.jti ?? ""))
        throw new SeatrialError("proof_replayed", "This proof was used before.");
      seen.add(payload.jti ?? "");
      if (joining) keys.set(await calculateJwkThumbprint(jwk), jwk);
    },
  };
}
