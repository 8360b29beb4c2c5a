import type { suiteTools } from "@seatrial/contracts/suites/suite-spec.ts";
import { z } from "zod";

const seconds = (fallback: number) => z.coerce.number().positive().default(fallback);
const secret = z.string().min(16, "must have at least 16 characters").optional();

/** The hub's environment variables; the only list of them. */
const variables = z.object({
  SEATRIAL_DATABASE_URL: z.string().optional(),
  SEATRIAL_DATABASE_CONNECTIONS: z.coerce.number().int().min(1).max(200).default(10),
  SEATRIAL_DATA_FOLDER: z.string().min(1).default(".seatrial/hub"),
  SEATRIAL_HOST: z.string().default("127.0.0.1"),
  SEATRIAL_PORT: z.coerce.number().int().min(0).max(65_535).default(7070),
  /** One address or several, separated by commas; the usual one first. */
  SEATRIAL_PUBLIC_URLS: z
    .string()
    .default("")
    .transform((text) => text.split(",").filter((url) => url.trim() !== ""))
    .pipe(z.array(z.url().transform((url) => url.trim().replace(/\/+$/, "")))),
  SEATRIAL_ADMIN_TOKEN: secret,
  SEATRIAL_WORKER_TOKEN: secret,
  SEATRIAL_TLS_CERTIFICATE_FILE: z.string().optional(),
  SEATRIAL_TLS_KEY_FILE: z.string().optional(),
  SEATRIAL_S3_BUCKET: z.string().optional(),
  SEATRIAL_S3_PREFIX: z.string().default(""),
  SEATRIAL_S3_ENDPOINT: z.url().optional(),
  SEATRIAL_S3_REGION: z.string().default("us-east-1"),
  SEATRIAL_S3_ACCESS_KEY_ID: z.string().optional(),
  SEATRIAL_S3_SECRET_ACCESS_KEY: z.string().optional(),
  /** 32 random bytes as base64, or a file that holds them; the same for all replicas. */
  SEATRIAL_STATE_KEY: z.string().optional(),
  SEATRIAL_STATE_KEY_FILE: z.string().optional(),
  SEATRIAL_LEASE_SECONDS: seconds(60),
  SEATRIAL_HEARTBEAT_SECONDS: seconds(10),
  SEATRIAL_ACKNOWLEDGE_SECONDS: seconds(20),
  /** As long as it takes to label or join a cluster. GitLab gives a job that no runner fits an hour. */
  SEATRIAL_UNPLACEABLE_SECONDS: seconds(900),
  /** From when a commit is known on: its build pushes images that its environments name. */
  SEATRIAL_IMAGE_WAIT_SECONDS: seconds(1_800),
  /** One secret or several, separated by commas, or a file that holds them. */
  SEATRIAL_GITHUB_WEBHOOK_SECRETS: z.string().optional(),
  SEATRIAL_GITHUB_WEBHOOK_SECRETS_FILE: z.string().optional(),
  SEATRIAL_REPOSITORY_SWEEP_SECONDS: seconds(300),
  SEATRIAL_IMAGE_PYTEST: z.string().default("seatrial/pytest:1"),
  SEATRIAL_IMAGE_NODE: z.string().default("seatrial/node:1"),
  SEATRIAL_IMAGE_VITEST: z.string().default("seatrial/node:1"),
  SEATRIAL_LOG_LEVEL: z.enum(["silent", "error", "warn", "info", "debug"]).default("info"),
});

/** Variables that mean something only together: one alone would silently be ignored. */
const pairs = [
  ["SEATRIAL_TLS_CERTIFICATE_FILE", "SEATRIAL_TLS_KEY_FILE"],
  ["SEATRIAL_S3_ACCESS_KEY_ID", "SEATRIAL_S3_SECRET_ACCESS_KEY"],
] as const;

const environmentSchema = variables.superRefine((values, context) => {
  for (const pair of pairs) {
    const missing = pair.filter((name) => values[name] === undefined);
    if (missing.length === 1 && missing[0] !== undefined)
      context.addIssue({
        code: "custom",
        path: [missing[0]],
        message: `is needed: ${pair.join(" and ")} go together`,
      });
  }
});

/** What `startHub` needs; see the comment at each default in this file. */
export type HubConfig = {
  /** Postgres by URL; without it PGlite in `<dataFolder>/database`. */
  readonly databaseUrl?: string | undefined;
  readonly databaseConnections: number;
  /** `memory`: PGlite and nothing on disk for it; blobs still go to a folder below `dataFolder`. */
  readonly databaseInMemory: boolean;
  readonly dataFolder: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Where agents and people reach the hub; empty: the address it listens on. */
  readonly publicUrls: readonly string[];
  readonly adminToken?: string | undefined;
  readonly workerToken?: string | undefined;
  /** PEM texts; without them the hub speaks plain HTTP and something in front must speak TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string } | undefined;
  readonly s3?: S3Config | undefined;
  /** Wraps the keys of environments' states, base64. Without it: `<dataFolder>/state.key` with PGlite, none with a server. */
  readonly stateKey?: string | undefined;
  readonly leaseTimes: { leaseSeconds: number; heartbeatSeconds: number; acknowledgeSeconds: number };
  /** How long a shard waits that no cluster could ever take: labels, taints, projects, reach. */
  readonly unplaceableSeconds: number;
  /** How long a commit waits for images that its environments name. */
  readonly imageWaitSeconds: number;
  /** Any of them may sign a webhook; empty: webhooks are refused. */
  readonly githubWebhookSecrets: readonly string[];
  /** How often a repository's pull requests are compared with the forge's. */
  readonly repositorySweepSeconds: number;
  readonly images: Record<(typeof suiteTools)[number], string>;
  readonly logLevel: "silent" | "error" | "warn" | "info" | "debug";
  readonly version: string;
};

export type S3Config = {
  readonly bucket: string;
  readonly prefix: string;
  readonly endpoint?: string | undefined;
  readonly region: string;
  /** Without it: the SDK's own search (environment, instance role). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
};

/** Parses the environment once. `readFile` is asked only for files that variables name. Throws a `ZodError` that names variables. */
export function readHubConfig(
  readFile: (path: string) => string,
  environment: Record<string, string | undefined> = process.env,
): HubConfig {
  const values = environmentSchema.parse(environment);
  return {
    databaseUrl: values.SEATRIAL_DATABASE_URL,
    databaseConnections: values.SEATRIAL_DATABASE_CONNECTIONS,
    databaseInMemory: false,
    dataFolder: values.SEATRIAL_DATA_FOLDER,
    host: values.SEATRIAL_HOST,
    port: values.SEATRIAL_PORT,
    publicUrls: values.SEATRIAL_PUBLIC_URLS,
    adminToken: values.SEATRIAL_ADMIN_TOKEN,
    workerToken: values.SEATRIAL_WORKER_TOKEN,
    tls: tlsOf(values, readFile),
    s3: s3Of(values),
    stateKey: stateKeyOf(values, readFile),
    leaseTimes: {
      leaseSeconds: values.SEATRIAL_LEASE_SECONDS,
      heartbeatSeconds: values.SEATRIAL_HEARTBEAT_SECONDS,
      acknowledgeSeconds: values.SEATRIAL_ACKNOWLEDGE_SECONDS,
    },
    unplaceableSeconds: values.SEATRIAL_UNPLACEABLE_SECONDS,
    imageWaitSeconds: values.SEATRIAL_IMAGE_WAIT_SECONDS,
    githubWebhookSecrets: webhookSecretsOf(values, readFile),
    repositorySweepSeconds: values.SEATRIAL_REPOSITORY_SWEEP_SECONDS,
    images: {
      pytest: values.SEATRIAL_IMAGE_PYTEST,
      node: values.SEATRIAL_IMAGE_NODE,
      vitest: values.SEATRIAL_IMAGE_VITEST,
    },
    logLevel: values.SEATRIAL_LOG_LEVEL,
    version: "0.1.0",
  };
}

/** Only the secrets of webhooks: what `seatrial dev` takes from the environment. Throws a `ZodError` that names the variable. */
export function readWebhookSecrets(
  readFile: (path: string) => string,
  environment: Record<string, string | undefined> = process.env,
): readonly string[] {
  return webhookSecretsOf(environmentSchema.parse(environment), readFile);
}

/** The configuration with no variable set: what tests and `seatrial dev` start from. */
export function defaultHubConfig(): HubConfig {
  return readHubConfig(() => "", {});
}

type Environment = z.infer<typeof environmentSchema>;

function tlsOf(values: Environment, readFile: (path: string) => string): HubConfig["tls"] {
  const { SEATRIAL_TLS_CERTIFICATE_FILE: certificate, SEATRIAL_TLS_KEY_FILE: key } = values;
  if (certificate === undefined || key === undefined) return undefined;
  return { certificate: readFile(certificate), key: readFile(key) };
}

function stateKeyOf(values: Environment, readFile: (path: string) => string): string | undefined {
  const { SEATRIAL_STATE_KEY: key, SEATRIAL_STATE_KEY_FILE: file } = values;
  return key ?? (file === undefined ? undefined : readFile(file));
}

const webhookSecretSchema = z
  .string()
  .min(16, "each secret must have at least 16 characters")
  .array()
  .max(10, "at most 10 secrets");

function webhookSecretsOf(values: Environment, readFile: (path: string) => string): readonly string[] {
  const { SEATRIAL_GITHUB_WEBHOOK_SECRETS: secrets, SEATRIAL_GITHUB_WEBHOOK_SECRETS_FILE: file } = values;
  const text = secrets ?? (file === undefined ? "" : readFile(file));
  const all = text.split(/[,\s]/).filter((part) => part !== "");
  const read = z.object({ SEATRIAL_GITHUB_WEBHOOK_SECRETS: webhookSecretSchema });
  return read.parse({ SEATRIAL_GITHUB_WEBHOOK_SECRETS: all }).SEATRIAL_GITHUB_WEBHOOK_SECRETS;
}

function s3Of(values: Environment): S3Config | undefined {
  if (values.SEATRIAL_S3_BUCKET === undefined) return undefined;
  const { SEATRIAL_S3_ACCESS_KEY_ID: accessKeyId, SEATRIAL_S3_SECRET_ACCESS_KEY: secretAccessKey } = values;
  return {
    bucket: values.SEATRIAL_S3_BUCKET,
    prefix: values.SEATRIAL_S3_PREFIX,
    endpoint: values.SEATRIAL_S3_ENDPOINT,
    region: values.SEATRIAL_S3_REGION,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
  };
}
