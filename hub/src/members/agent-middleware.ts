import { nonceHeader, proofHeader } from "@seatrial/contracts/agent-protocol/proof.ts";
import { createMiddleware } from "hono/factory";
import type { HubDeps, HubEnv } from "../app/hub-deps.ts";
import { createNonces } from "./nonces.ts";
import { type Member, requireJoinProof, requireMember } from "./require-proof.ts";

export type MemberEnv = { Variables: HubEnv["Variables"] & { member: Member } };
export type JoinEnv = { Variables: HubEnv["Variables"] & { thumbprint: string } };

/** Gives each answer of the agent routes, errors too, a nonce for the next proof. */
export function freshNonce(deps: HubDeps) {
  const nonces = createNonces(deps.settings.nonceSecret);
  return createMiddleware(async (c, next) => {
    await next();
    c.res.headers.set(nonceHeader, nonces.issue(deps.clock.now()));
  });
}

/** The member that proved the request, as `c.var.member`. Errors: as `requireMember`. */
export function memberProof(deps: HubDeps) {
  const proofDeps = { ...deps, nonces: createNonces(deps.settings.nonceSecret) };
  return createMiddleware<MemberEnv>(async (c, next) => {
    const body = new Uint8Array(await c.req.arrayBuffer());
    const { method, url } = c.req;
    const proof = c.req.header(proofHeader) ?? null;
    c.set("member", await requireMember(proofDeps, { method, url, body, proof }));
    await next();
  });
}

/** The thumbprint of the key that proved a join, as `c.var.thumbprint`. */
export function joinProof(deps: HubDeps) {
  const proofDeps = { ...deps, nonces: createNonces(deps.settings.nonceSecret) };
  return createMiddleware<JoinEnv>(async (c, next) => {
    const body = new Uint8Array(await c.req.arrayBuffer());
    const { method, url } = c.req;
    const proof = c.req.header(proofHeader) ?? null;
    c.set("thumbprint", await requireJoinProof(proofDeps, { method, url, body, proof }));
    await next();
  });
}
