import type { JoinAnswer, JoinRequest } from "@seatrial/contracts/agent-protocol/join.ts";
import { type ErrorCode, SeatrialError } from "@seatrial/contracts/errors.ts";
import { type KeyStore, loadOrCreateIdentity, replaceKey, type StoredIdentity } from "../key/key-store.ts";
import { type MemberKey, openMemberKey } from "../key/member-key.ts";
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
 * the one-use token. A member that the hub has revoked or forgotten joins anew with a new key when a token is given; the
 * old one is kept until that is accepted, and tried again first: a hub that forgets by mistake is mended some day, and
 * the token that is still configured has been used by then.
 * The key is stored before the hub hears of it, so a crash between the two costs no token.
 * Throws `join_token_*` as the hub says, and `join_token_invalid` when there is neither an identity nor a token.
 */
export async function joinHub(deps: JoinHubDeps, request: JoinHubRequest): Promise<JoinedHub> {
  const { token } = request;
  let stored = await loadOrCreateIdentity(deps.store);
  const member = stored.joined === null ? stored.before : stored;
  if (member?.joined?.hubUrl === deps.hubUrl) {
    const known = await openKnown(deps, member, token !== null);
    if (known && member !== stored) await deps.store.save(member);
    if (known) return known;
    // A revoked key stays revoked.
    if (member === stored) stored = await replaceKey(deps.store, stored);
  }
  if (token === null)
    throw new SeatrialError(
      "join_token_invalid",
      `This cluster has not joined ${deps.hubUrl} and no join token is configured: make one with 'seatrial cluster join'`,
    );
  return join(deps, await openMemberKey(stored.privateJwk), { ...request, token });
}

/** Null when `asks` and the hub knows it no more. */
async function openKnown(
  deps: JoinHubDeps,
  member: StoredIdentity,
  asks: boolean,
): Promise<JoinedHub | null> {
  const key = await openMemberKey(member.privateJwk);
  const link = deps.connect(key);
  if (!asks || (await isKnown(link))) return { link, key, joined: null };
  await link.close();
  return null;
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

async function join(
  deps: JoinHubDeps,
  key: MemberKey,
  request: Omit<JoinRequest, "publicJwk">,
): Promise<JoinedHub> {
  const link = deps.connect(key);
  const joined = await link.join({ ...request, publicJwk: key.publicJwk });
  await deps.store.save({
    privateJwk: key.privateJwk,
    joined: { clusterId: joined.clusterId, memberId: joined.memberId, hubUrl: deps.hubUrl },
  });
  return { link, key, joined };
}
