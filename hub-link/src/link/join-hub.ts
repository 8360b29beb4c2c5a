import type { JoinAnswer, JoinRequest } from "@seatrial/contracts/agent-protocol/join.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { type KeyStore, loadOrCreateKey } from "../key/key-store.ts";
import type { MemberKey } from "../key/member-key.ts";
import type { HubLink } from "./create-hub-link.ts";

export type JoinHubDeps = {
  store: KeyStore;
  hubUrl: string;
  /** Makes the link once the key is known. */
  connect: (key: MemberKey) => HubLink;
};
export type JoinHubRequest = Omit<JoinRequest, "publicJwk" | "token"> & { token: string | null };
export type JoinedHub = { link: HubLink; key: MemberKey; joined: JoinAnswer | null };

/**
 * A link that the hub knows: with the stored key when it has joined this hub before (`joined` is then null), else by
 * the one-use token. The key is stored before the hub hears of it, so a crash between the two costs no token.
 * Throws `join_token_*` as the hub says, and `join_token_invalid` when there is neither an identity nor a token.
 */
export async function joinHub(deps: JoinHubDeps, request: JoinHubRequest): Promise<JoinedHub> {
  const { key, joined: before } = await loadOrCreateKey(deps.store);
  const link = deps.connect(key);
  if (before?.hubUrl === deps.hubUrl) return { link, key, joined: null };
  if (request.token === null)
    throw new SeatrialError(
      "join_token_invalid",
      `This cluster has not joined ${deps.hubUrl} and no join token is configured: make one with 'seatrial cluster join'`,
    );
  const joined = await link.join({ ...request, token: request.token, publicJwk: key.publicJwk });
  await deps.store.save({
    privateJwk: key.privateJwk,
    joined: { clusterId: joined.clusterId, memberId: joined.memberId, hubUrl: deps.hubUrl },
  });
  return { link, key, joined };
}
