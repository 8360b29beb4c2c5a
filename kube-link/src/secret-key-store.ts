import { type KeyStore, storedIdentitySchema } from "@seatrial/hub-link/key/key-store.ts";
import type { KubeClient } from "./kube-client.ts";

const field = "identity.json";
type Secret = { data?: Record<string, string> };

/**
 * Keeps the identity in a Secret that the chart has made empty, so that the agent needs no right to create Secrets and
 * may touch only this one by name.
 */
export function createSecretKeyStore(kube: KubeClient, namespace: string, name: string): KeyStore {
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  return {
    async load() {
      const value = (await kube.get<Secret>(path)).data?.[field];
      if (!value) return null;
      return storedIdentitySchema.parse(JSON.parse(Buffer.from(value, "base64").toString("utf8")));
    },
    async save(identity) {
      const value = Buffer.from(JSON.stringify(identity)).toString("base64");
      await kube.patch(path, { data: { [field]: value } });
    },
  };
}
