import { z } from "zod";

const schema = z.object({
  /** The hub's address, such as `https://hub.example.com`. */
  SEATRIAL_HUB_URL: z.url(),
  /** A token with the scope `worker`. */
  SEATRIAL_WORKER_TOKEN: z.string().min(1),
  /** File with the certificate of the CA that signed the hub's, in PEM; the system's CAs without it. */
  SEATRIAL_HUB_CA_FILE: z.string().optional(),
  SEATRIAL_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
});

export type WorkerConfig = {
  hubUrl: string;
  token: string;
  caFile: string | null;
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
    logLevel: read.SEATRIAL_LOG_LEVEL,
  };
}
