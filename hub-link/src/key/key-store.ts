import { z } from "zod";
import { createMemberKey, privateJwkSchema } from "./member-key.ts";

const identitySchema = z.object({
  privateJwk: privateJwkSchema,
  joined: z.object({ clusterId: z.string(), memberId: z.string(), hubUrl: z.string() }).nullable(),
});

/**
 * What a member of a cluster keeps over restarts: its key and, once it has joined, as what. `before`: what it was, while
 * it joins anew with this key; a hub that forgot it by mistake may know it again.
 */
export const storedIdentitySchema = identitySchema.extend({ before: identitySchema.optional() });
export type StoredIdentity = z.infer<typeof storedIdentitySchema>;

/** Where the identity is kept. `save` has happened for good when it resolves. */
export type KeyStore = {
  load: () => Promise<StoredIdentity | null>;
  save: (identity: StoredIdentity) => Promise<void>;
};

/**
 * The stored identity, or one with a new key that is stored before this resolves: a key that joined and was then
 * forgotten would use the one-use token up for nothing.
 */
export async function loadOrCreateIdentity(store: KeyStore): Promise<StoredIdentity> {
  const stored = await store.load();
  if (stored) return stored;
  const { privateJwk } = await createMemberKey();
  return saved(store, { privateJwk, joined: null });
}

/** The same with a new key that has not joined yet, kept beside what was until it has. */
export async function replaceKey(
  store: KeyStore,
  { privateJwk, joined }: StoredIdentity,
): Promise<StoredIdentity> {
  const next = await createMemberKey();
  return saved(store, { privateJwk: next.privateJwk, joined: null, before: { privateJwk, joined } });
}

async function saved(store: KeyStore, identity: StoredIdentity): Promise<StoredIdentity> {
  await store.save(identity);
  return identity;
}
