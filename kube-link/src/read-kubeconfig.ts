import { readFile } from "node:fs/promises";
import { z } from "zod";
import { createTokenReader, type KubeAccess } from "./kube-access.ts";

const named = <Schema extends z.ZodType>(key: string, schema: Schema) =>
  z.array(z.object({ name: z.string(), [key]: schema }).loose());
const clusterSchema = z.object({
  server: z.url(),
  "certificate-authority": z.string().optional(),
  "certificate-authority-data": z.string().optional(),
});
const userSchema = z.object({
  "client-certificate": z.string().optional(),
  "client-certificate-data": z.string().optional(),
  "client-key": z.string().optional(),
  "client-key-data": z.string().optional(),
  token: z.string().optional(),
  tokenFile: z.string().optional(),
});
const contextSchema = z.object({ cluster: z.string(), user: z.string() });
const kubeconfigSchema = z.object({
  "current-context": z.string().optional(),
  clusters: named("cluster", clusterSchema),
  users: named("user", userSchema),
  contexts: named("context", contextSchema),
});

/**
 * The access a kubeconfig's context gives: client certificates or a token. Sign-in programs (`exec`) are not run.
 * Throws an error that names what is missing.
 */
export async function readKubeconfig(path: string, contextName: string | null): Promise<KubeAccess> {
  // Only development reads a kubeconfig; in a cluster the parser is never loaded.
  const { parse } = await import("yaml");
  const config = kubeconfigSchema.parse(parse(await readFile(path, "utf8")));
  const wanted = contextName ?? config["current-context"];
  const context = contextSchema.parse(pick(config.contexts, wanted, "context", path));
  const cluster = clusterSchema.parse(pick(config.clusters, context.cluster, "cluster", path));
  const user = userSchema.parse(pick(config.users, context.user, "user", path));
  const token = user.token ?? null;
  return {
    server: cluster.server.replace(/\/$/, ""),
    caPem: await pem(cluster["certificate-authority-data"], cluster["certificate-authority"]),
    clientCertificatePem: await pem(user["client-certificate-data"], user["client-certificate"]),
    clientKeyPem: await pem(user["client-key-data"], user["client-key"]),
    token: user.tokenFile === undefined ? async () => token : createTokenReader(user.tokenFile),
  };
}

function pick(
  entries: Record<string, unknown>[],
  name: string | undefined,
  kind: string,
  path: string,
): unknown {
  const found = entries.find((entry) => entry.name === name);
  if (found) return found[kind];
  throw new Error(`${path} has no ${kind} named '${name}': name one that is there`);
}

async function pem(data: string | undefined, path: string | undefined): Promise<string | null> {
  if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
  return path === undefined ? null : readFile(path, "utf8");
}
