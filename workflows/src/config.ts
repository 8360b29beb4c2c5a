import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { GitHubSettings } from "./github/create-github.ts";
import type { RegistrySettings } from "./registry/create-registry.ts";
import { readCredentials } from "./registry/credentials.ts";
import type { TemporalPlace } from "./temporal/connect-temporal.ts";
import { type PayloadKey, readPayloadKeys } from "./temporal/payload-codec.ts";

const hosts = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((host) => host.trim().toLowerCase())
      .filter((host) => host !== ""),
  );

/** Of forges and registries: also read in the one-process mode. */
const forgeVariables = {
  /** `https://<host>/api/v3` for a GitHub server of one's own. */
  SEATRIAL_GITHUB_API_URL: z.url().default("https://api.github.com"),
  /** The GitHub App's id and its private key in PEM; without them pull requests wait. */
  SEATRIAL_GITHUB_APP_ID: z.coerce.number().int().min(1).optional(),
  SEATRIAL_GITHUB_PRIVATE_KEY: z.string().min(1).optional(),
  SEATRIAL_GITHUB_PRIVATE_KEY_FILE: z.string().optional(),
  /** A docker config.json with credentials for registries. */
  SEATRIAL_REGISTRY_CONFIG_FILE: z.string().optional(),
  /** Hosts, parted by commas and with their port, that are asked without TLS; they may be private. */
  SEATRIAL_REGISTRY_PLAIN_HTTP: hosts,
  /** Hosts, parted by commas and with their port, whose addresses may be private. */
  SEATRIAL_REGISTRY_PRIVATE_HOSTS: hosts,
};
const forgeSchema = z.object(forgeVariables);

const schema = z.object({
  /** The hub's address, such as `https://hub.example.com`. */
  SEATRIAL_HUB_URL: z.url(),
  /** A token with the scope `worker`. */
  SEATRIAL_WORKER_TOKEN: z.string().min(1),
  /** File with the certificate of the CA that signed the hub's, in PEM; the system's CAs without it. */
  SEATRIAL_HUB_CA_FILE: z.string().optional(),
  /** Temporal's host and port, such as `temporal.example.com:7233`. */
  SEATRIAL_TEMPORAL_ADDRESS: z.string().regex(/^[^:/\s]+:\d+$/, "write host:port"),
  SEATRIAL_TEMPORAL_NAMESPACE: z.string().min(1).default("default"),
  SEATRIAL_TEMPORAL_TASK_QUEUE: z.string().min(1).default("seatrial"),
  /** `true` for TLS with the system's CAs; files or an API key below switch it on as well. */
  SEATRIAL_TEMPORAL_TLS: z.stringbool().default(false),
  /** File with the CA of Temporal's certificate, in PEM. */
  SEATRIAL_TEMPORAL_TLS_CA_FILE: z.string().optional(),
  /** This worker's certificate and its key, in PEM, for a Temporal that asks for one. */
  SEATRIAL_TEMPORAL_TLS_CERTIFICATE_FILE: z.string().optional(),
  SEATRIAL_TEMPORAL_TLS_KEY_FILE: z.string().optional(),
  SEATRIAL_TEMPORAL_API_KEY: z.string().min(1).optional(),
  SEATRIAL_TEMPORAL_API_KEY_FILE: z.string().optional(),
  /** 32 bytes in base64. Several, parted by commas: the first encrypts, all decrypt. */
  SEATRIAL_TEMPORAL_PAYLOAD_KEY: z.string().min(1).optional(),
  SEATRIAL_TEMPORAL_PAYLOAD_KEY_FILE: z.string().optional(),
  ...forgeVariables,
  SEATRIAL_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
});
type Read = z.infer<typeof schema>;

export type WorkerConfig = {
  hubUrl: string;
  token: string;
  caFile: string | null;
  temporal: TemporalPlace;
  payloadKeys: readonly [PayloadKey, ...PayloadKey[]];
  /** Where the workflows' bundled code is kept, unless it was shipped with the worker. */
  cacheFolder: string;
  logLevel: "debug" | "info" | "warn" | "error";
} & ForgeConfig;

export type ForgeConfig = { github: GitHubSettings | null; registry: RegistrySettings };

/** The worker's configuration from the environment. Throws an error that names each wrong variable. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): WorkerConfig {
  const read = parse(schema, environment);
  return {
    ...readForgeConfig(environment),
    hubUrl: read.SEATRIAL_HUB_URL,
    token: read.SEATRIAL_WORKER_TOKEN,
    caFile: read.SEATRIAL_HUB_CA_FILE ?? null,
    temporal: {
      address: read.SEATRIAL_TEMPORAL_ADDRESS,
      namespace: read.SEATRIAL_TEMPORAL_NAMESPACE,
      taskQueue: read.SEATRIAL_TEMPORAL_TASK_QUEUE,
      tls: readTls(read),
      apiKey: valueOrFile(read, "SEATRIAL_TEMPORAL_API_KEY"),
    },
    payloadKeys: readKeys(read),
    cacheFolder: workerCacheFolder(environment),
    logLevel: read.SEATRIAL_LOG_LEVEL,
  };
}

/** The part about forges and registries; also for the one-process mode. Throws as `readConfig`. */
export function readForgeConfig(environment: NodeJS.ProcessEnv = process.env): ForgeConfig {
  const read = parse(forgeSchema, environment);
  return { github: readGitHub(read), registry: readRegistry(read) };
}

function parse<Read>(schema: z.ZodType<Read>, environment: NodeJS.ProcessEnv): Read {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(problems.join("\n"));
}

function readGitHub(read: z.infer<typeof forgeSchema>): GitHubSettings | null {
  const name = "SEATRIAL_GITHUB_PRIVATE_KEY";
  const file = read.SEATRIAL_GITHUB_PRIVATE_KEY_FILE;
  const privateKey = read[name] ?? (file === undefined ? undefined : readFileSync(file, "utf8"));
  const appId = read.SEATRIAL_GITHUB_APP_ID;
  if (appId === undefined && privateKey === undefined) return null;
  if (appId === undefined || privateKey === undefined)
    throw new Error(`SEATRIAL_GITHUB_APP_ID and ${name} (or ${name}_FILE) belong together`);
  // Variables cannot hold line ends everywhere.
  return { apiUrl: read.SEATRIAL_GITHUB_API_URL, appId, privateKey: privateKey.replaceAll("\\n", "\n") };
}

function readRegistry(read: z.infer<typeof forgeSchema>): RegistrySettings {
  const file = read.SEATRIAL_REGISTRY_CONFIG_FILE;
  return {
    credentials: file === undefined ? new Map() : readCredentialsFile(file),
    plainHttpHosts: read.SEATRIAL_REGISTRY_PLAIN_HTTP,
    privateHosts: read.SEATRIAL_REGISTRY_PRIVATE_HOSTS,
  };
}

function readCredentialsFile(file: string): RegistrySettings["credentials"] {
  try {
    return readCredentials(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`SEATRIAL_REGISTRY_CONFIG_FILE: ${file} ${error instanceof Error ? error.message : ""}`);
  }
}

/** Where workers on this machine keep bundled workflows; also for the one-process mode. */
export function workerCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const caches = environment.XDG_CACHE_HOME || join(environment.HOME || homedir(), ".cache");
  return join(caches, "seatrial", "workflows");
}

function readTls(read: Read): TemporalPlace["tls"] {
  const ca = read.SEATRIAL_TEMPORAL_TLS_CA_FILE;
  const certificate = read.SEATRIAL_TEMPORAL_TLS_CERTIFICATE_FILE;
  const key = read.SEATRIAL_TEMPORAL_TLS_KEY_FILE;
  if ((certificate === undefined) !== (key === undefined))
    throw new Error(
      "SEATRIAL_TEMPORAL_TLS_CERTIFICATE_FILE and SEATRIAL_TEMPORAL_TLS_KEY_FILE belong together",
    );
  const hasApiKey = valueOrFile(read, "SEATRIAL_TEMPORAL_API_KEY") !== null;
  if (!read.SEATRIAL_TEMPORAL_TLS && ca === undefined && certificate === undefined && !hasApiKey) return null;
  return {
    ...(ca === undefined ? {} : { serverRootCACertificate: readFileSync(ca) }),
    ...(certificate === undefined || key === undefined
      ? {}
      : { clientCertPair: { crt: readFileSync(certificate), key: readFileSync(key) } }),
  };
}

function readKeys(read: Read): WorkerConfig["payloadKeys"] {
  const name = "SEATRIAL_TEMPORAL_PAYLOAD_KEY";
  const text = valueOrFile(read, name);
  if (text === null)
    throw new Error(`${name} or ${name}_FILE: needs 32 bytes in base64, as made by: openssl rand -base64 32`);
  return readPayloadKeys(text, name);
}

/** A secret by itself or in a file, which is what clusters mount. */
function valueOrFile(
  read: Read,
  name: "SEATRIAL_TEMPORAL_API_KEY" | "SEATRIAL_TEMPORAL_PAYLOAD_KEY",
): string | null {
  const file = read[`${name}_FILE`];
  return read[name] ?? (file === undefined ? null : readFileSync(file, "utf8").trim());
}
