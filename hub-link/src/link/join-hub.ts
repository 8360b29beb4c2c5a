import type { JoinAnswer, JoinRequest } from "@seatrial/contracts/agent-protocol/join.ts";
import { type ErrorCode, SeatrialError } from "@seatrial/contracts/errors.ts";
import { type KeyStore, loadOrCreateKey } from "../key/key-store.ts";
import { createMemberKey, type MemberKey } from "../key/member-key.ts";
import type { HubLink } from "./create-hub-link.ts";

export type JoinHubDeps = {
  store: KeyStore;
  hubUrl: string;
  /** Makes the link once the key is known. */
  connect: (key: MemberKey) => HubLink;
};
export type JoinHubRequest = Omit<JoinRequest, "publicJwk" | "token"> & { token: string | null };
export type JoinedHub = { link: HubLink; key: MemberKey; joined: JoinAnswer | null };

const goneCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["proof_invalid", "member_revoked"]);

/**
 * A link that the hub knows: with the stored key when it has joined this hub before (`joined` is then null), else by
 * the one-use token. A member that the hub has revoked or forgotten joins anew with a new key when a token is given.
 * The key is stored before the hub hears of it, so a crash between the two costs no token.
 * Throws `join_token_*` as the hub says, and `join_token_invalid` when there is neither an identity nor a token.
 */
export async function joinHub(deps: JoinHubDeps, request: JoinHubRequest): Promise<JoinedHub> {
  const { key, joined: before } = await loadOrCreateKey(deps.store);
  const link = deps.connect(key);
  if (before?.hubUrl === deps.hubUrl) {
    if (request.token === null || (await isKnown(link))) return { link, key, joined: null };
    await link.close();
    return joinAnew(deps, request);
  }
  if (request.token === null)
    throw new SeatrialError(
      "join_token_invalid",
      `This cluster has not joined ${deps.hubUrl} and no join token is configured: make one with 'seatrial cluster join'`,
    );
  return join(deps, link, key, { ...request, token: request.token });
}

/** False when the hub has no such member any more, or has revoked it. */
async function isKnown(link: HubLink): Promise<boolean> {
  try {
    await link.heartbeat({ instance: "joining-anew", leases: [], allocatable: null });
    return true;
  } catch (error) {
    if (error instanceof SeatrialError && goneCodes.has(error.code)) return false;
    throw error;
  }
}

/** With a new key: a revoked one stays revoked. */
async function joinAnew(deps: JoinHubDeps, request: JoinHubRequest): Promise<JoinedHub> {
  const key = await createMemberKey();
  await deps.store.save({ privateJwk: key.privateJwk, joined: null });
  return join(deps, deps.connect(key), key, { ...request, token: request.token ?? "" });
}

async function join(
  deps: JoinHubDeps,
  link: HubLink,
  key: MemberKey,
  request: Omit<JoinRequest, "publicJwk">,
): Promise<JoinedHub> {
  const joined = await link.join({ ...request, publicJwk: key.publicJwk });
  await deps.store.save({
    privateJwk: key.privateJwk,
    joined: { clusterId: joined.clusterId, memberId: joined.memberId, hubUrl: deps.hubUrl },
  });
  return { link, key, joined };
}
