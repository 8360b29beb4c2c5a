import { readFile } from "node:fs/promises";

/** Where the API server is and how to be let in. */
export type KubeAccess = {
  server: string;
  caPem: string | null;
  clientCertificatePem: string | null;
  clientKeyPem: string | null;
  /**
   * Asked for each request: tokens of service accounts are replaced every hour. `refused`: the API server refuses this
   * one, so another is wanted if there is one.
   */
  token: (refused?: string) => Promise<string | null>;
};

const accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";
const tokenKeptMilliseconds = 60_000;

/** The access a pod has by its service account. `address` is host:port from the environment Kubernetes sets. */
export async function inClusterAccess(address: string): Promise<KubeAccess> {
  return {
    server: `https://${address}`,
    caPem: await readFile(`${accountFolder}/ca.crt`, "utf8"),
    clientCertificatePem: null,
    clientKeyPem: null,
    token: createTokenReader(`${accountFolder}/token`),
  };
}

/**
 * Reads a token file at most once a minute, and again when the token that it had is refused. `elapsed`: milliseconds that
 * passed, by a clock that nobody sets; a wall clock set back would keep an old token for as long.
 */
export function createTokenReader(
  path: string,
  elapsed: () => number = () => performance.now(),
): KubeAccess["token"] {
  let kept: { token: string; readAt: number } | null = null;
  return async (refused) => {
    if (kept === null || kept.token === refused || elapsed() - kept.readAt > tokenKeptMilliseconds)
      kept = { token: (await readFile(path, "utf8")).trim(), readAt: elapsed() };
    return kept.token;
  };
}
