import { readFile, rename, writeFile } from "node:fs/promises";
import { type KeyStore, storedIdentitySchema } from "./key-store.ts";

/** Keeps the identity in one file that only its owner can read; a write replaces it as a whole. */
export function createFileKeyStore(path: string): KeyStore {
  return {
    async load() {
      const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return null;
        throw error;
      });
      return text === null ? null : storedIdentitySchema.parse(JSON.parse(text));
    },
    async save(identity) {
      const next = `${path}.new`;
      await writeFile(next, JSON.stringify(identity), { mode: 0o600 });
      await rename(next, path);
    },
  };
}
