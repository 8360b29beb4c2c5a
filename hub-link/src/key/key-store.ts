import { z } from "zod";
import { createMemberKey, type MemberKey, openMemberKey, privateJwkSchema } from "./member-key.ts";

/** What a member of a cluster keeps over restarts: its key and, once it has joined, as what. */
export const storedIdentitySchema = z.object({
  privateJwk: privateJwkSchema,
  joined: z.object({ clusterId: z.string(), memberId: z.string(), hubUrl: z.string() }).nullable(),
});
export type StoredIdentity = z.infer<typeof storedIdentitySchema>;

/** Where the identity is kept. `save` has happened for good when it resolves. */
export type KeyStore = {
  load: () => Promise<StoredIdentity | null>;
  save: (identity: StoredIdentity) => Promise<void>;
};

/**
 * The stored key, or a new one that is stored before this resolves: a key that joined and was then forgotten would
 * use the one-use token up for nothing.
 */
export async function loadOrCreateKey(
  store: KeyStore,
): Promise<{ key: MemberKey; joined: StoredIdentity["joined"] }> {
  const stored = await store.load();
  if (stored) return { key: await openMemberKey(stored.privateJwk), joined: stored.joined };
  const key = await createMemberKey();
  await store.save({ privateJwk: key.privateJwk, joined: null });
  return { key, joined: null };
}
