import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { labelsSchema, nameSchema } from "@seatrial/contracts/suites/suite-spec.ts";
import { z } from "zod";
import { nodeSelectorSchema, tolerationsSchema } from "./pods/node-choice.ts";
import { podSecurityLevels } from "./pods/pod-security.ts";

const json = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: "custom", message: "must be JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);
const orNull = z
  .string()
  .optional()
  .transform((text) => (text ? text : null));
const switchSchema = z
  .enum(["true", "false"])
  .default("false")
  .transform((text) => text === "true");

const environmentSchema = z.object({
  SEATRIAL_HUB_URL: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, "")),
  /** PEM of the CA, or a file that holds it. */
  SEATRIAL_HUB_CA_PEM: orNull,
  SEATRIAL_HUB_CA_FILE: orNull,
  SEATRIAL_JOIN_TOKEN: orNull,
  SEATRIAL_CLUSTER_NAME: nameSchema,
  SEATRIAL_CLUSTER_LABELS: json(labelsSchema).default({}),
  SEATRIAL_NAMESPACE: z.string().min(1).max(63),
  SEATRIAL_INSTALLATION: z.string().min(1).max(63).default("seatrial"),
  SEATRIAL_HELPER_IMAGE: z.string().min(1),
  SEATRIAL_SLOTS: z.coerce.number().int().min(1).max(500).default(10),
  SEATRIAL_POD_SECURITY: z.enum(podSecurityLevels).default("restricted"),
  /** On which nodes tests run: a node selector and tolerations as JSON, as a pod has them. */
  SEATRIAL_NODE_SELECTOR: json(nodeSelectorSchema).default({}),
  SEATRIAL_TOLERATIONS: json(tolerationsSchema).default([]),
  /** False where nodes are made when pods wait for them: what the nodes have is no bound then. */
  SEATRIAL_MEASURE_ROOM: z
    .enum(["true", "false"])
    .default("true")
    .transform((text) => text === "true"),
  SEATRIAL_KEEP_FAILED_PODS: switchSchema,
  /** False where the installation has no network policies: there is nothing to try then. */
  SEATRIAL_NETWORK_POLICY: switchSchema,
  /** Where what the hub cannot take yet is kept. Without it, it waits in memory and does not outlive the process. */
  SEATRIAL_SPOOL_FOLDER: orNull,
  SEATRIAL_SPOOL_MIB: z.coerce.number().min(0.0625).max(1_048_576).default(192),
  SEATRIAL_NODE_LOST_SECONDS: z.coerce.number().min(0).default(20),
  /** Secret that keeps the identity, in the agent's own namespace; or a file, outside a cluster. */
  SEATRIAL_KEY_SECRET: orNull,
  SEATRIAL_KEY_FILE: orNull,
  SEATRIAL_OWN_NAMESPACE: orNull,
  SEATRIAL_KUBECONFIG: orNull,
  SEATRIAL_KUBE_CONTEXT: orNull,
  /** Port for probes; 0: none. */
  SEATRIAL_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  SEATRIAL_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
  SEATRIAL_VERSION: z.string().default("0.1.0"),
  KUBERNETES_SERVICE_HOST: orNull,
  KUBERNETES_SERVICE_PORT: z.string().default("443"),
});

export type AgentConfig = ReturnType<typeof readConfig>;

/** Parses the environment once. Throws an error that names each wrong variable. */
export function readConfig(environment: Record<string, string | undefined> = process.env) {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`The agent's environment is not right: ${wrong.join("; ")}`);
  }
  const env = parsed.data;
  if (!env.SEATRIAL_KEY_SECRET === !env.SEATRIAL_KEY_FILE)
    throw new Error("Set either SEATRIAL_KEY_SECRET (in a cluster) or SEATRIAL_KEY_FILE (outside)");
  const host = env.KUBERNETES_SERVICE_HOST;
  return {
    hub: {
      url: env.SEATRIAL_HUB_URL,
      caPem: env.SEATRIAL_HUB_CA_FILE
        ? readFileSync(env.SEATRIAL_HUB_CA_FILE, "utf8")
        : env.SEATRIAL_HUB_CA_PEM,
      joinToken: env.SEATRIAL_JOIN_TOKEN,
    },
    cluster: { name: env.SEATRIAL_CLUSTER_NAME, labels: env.SEATRIAL_CLUSTER_LABELS },
    pods: {
      namespace: env.SEATRIAL_NAMESPACE,
      installation: env.SEATRIAL_INSTALLATION,
      helperImage: env.SEATRIAL_HELPER_IMAGE,
      podSecurity: env.SEATRIAL_POD_SECURITY,
      nodes: { nodeSelector: env.SEATRIAL_NODE_SELECTOR, tolerations: env.SEATRIAL_TOLERATIONS },
    },
    slots: env.SEATRIAL_SLOTS,
    measuresRoom: env.SEATRIAL_MEASURE_ROOM,
    keepFailedPods: env.SEATRIAL_KEEP_FAILED_PODS,
    hasNetworkPolicy: env.SEATRIAL_NETWORK_POLICY,
    spool: env.SEATRIAL_SPOOL_FOLDER
      ? {
          folder: env.SEATRIAL_SPOOL_FOLDER,
          capBytes: Math.floor(env.SEATRIAL_SPOOL_MIB * 1_048_576),
        }
      : null,
    nodeLostSeconds: env.SEATRIAL_NODE_LOST_SECONDS,
    key: {
      secret: env.SEATRIAL_KEY_SECRET,
      secretNamespace: env.SEATRIAL_OWN_NAMESPACE ?? env.SEATRIAL_NAMESPACE,
      file: env.SEATRIAL_KEY_FILE,
    },
    kubernetes: {
      kubeconfig: env.SEATRIAL_KUBECONFIG,
      context: env.SEATRIAL_KUBE_CONTEXT,
      inClusterAddress: host
        ? `${host.includes(":") ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT}`
        : null,
    },
    healthPort: env.SEATRIAL_HEALTH_PORT,
    logLevel: env.SEATRIAL_LOG_LEVEL,
    version: env.SEATRIAL_VERSION,
    host: hostname(),
  };
}
