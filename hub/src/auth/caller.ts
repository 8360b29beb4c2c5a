import type { Actor } from "@seatrial/contracts/actor.ts";
import type { TokenScope } from "@seatrial/contracts/scopes.ts";

/** Who calls, by a bearer token. `projectId` is null for tokens of the platform team and of the worker. */
export type Caller = {
  readonly actor: Actor;
  readonly tokenId: string;
  readonly projectId: string | null;
  readonly scopes: readonly TokenScope[];
};

/** The project a route is about; the caller may see it. */
export type ProjectRow = { readonly id: string; readonly name: string };
