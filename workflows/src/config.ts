import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { TemporalPlace } from "./temporal/connect-temporal.ts";
import { type PayloadKey, readPayloadKeys } from "./temporal/payload-codec.ts";

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
};

/** The worker's configuration from the environment. Throws an error that names each wrong variable. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): WorkerConfig {
  const parsed = schema.safeParse(environment);
  if (!parsed.success)
    throw new Error(
      parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("\n"),
    );
  const read = parsed.data;
  return {
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
