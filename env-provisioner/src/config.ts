import { readFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { labelsSchema, nameSchema } from "@seatrial/contracts/suites/suite-spec.ts";
import { z } from "zod";
import { noRepairs } from "./blockers/repair-policy.ts";

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
const switchSchema = (whenMissing: "true" | "false") =>
  z
    .enum(["true", "false"])
    .default(whenMissing)
    .transform((text) => text === "true");
/** `<group>/<Kind>`; the core group is empty: `/PersistentVolume`. */
const clusterKind = z.string().regex(/^[a-z0-9.-]*\/[A-Z][A-Za-z0-9]*$/);
const guardrailLimits = z
  .object({
    cpuMillis: z.int().min(1).default(8_000),
    memoryBytes: z
      .int()
      .min(1)
      .default(8 * 1_073_741_824),
    pods: z.int().min(1).default(50),
    storageBytes: z
      .int()
      .min(0)
      .default(20 * 1_073_741_824),
    internet: z.boolean().default(false),
    closedNetworks: z.array(z.string()).default([]),
    openNetworks: z.array(z.string()).default([]),
  })
  .strict();

const names = z.array(z.string().min(1)).max(100);
const repairs = z
  .object({
    removeFinalizers: names.default([...noRepairs.removeFinalizers]),
    forceDeletePodsOnLostNodes: z.boolean().default(noRepairs.forceDeletePodsOnLostNodes),
    deleteDeadApiServices: names.default([...noRepairs.deleteDeadApiServices]),
    deleteRefusingWebhooks: names.default([...noRepairs.deleteRefusingWebhooks]),
    afterSeconds: z.number().min(0).default(noRepairs.afterSeconds),
  })
  .strict();

const environmentSchema = z.object({
  SEATRIAL_HUB_URL: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, "")),
  /** PEM of the CA, or a file that holds it. */
  SEATRIAL_HUB_CA_PEM: orNull,
  SEATRIAL_HUB_CA_FILE: orNull,
  SEATRIAL_JOIN_TOKEN: orNull,
  SEATRIAL_CLUSTER_NAME: nameSchema,
  SEATRIAL_CLUSTER_LABELS: json(labelsSchema).default({}),
  /** Operations at a time: each may take some 300 MB. */
  SEATRIAL_SLOTS: z.coerce.number().int().min(1).max(100).default(4),
  /** Runners kept started, which takes their start off an operation's way and costs 100 MB each. */
  SEATRIAL_SPARE_RUNNERS: z.coerce.number().int().min(0).max(4).default(1),
  /** Until an operation of any kind is ended, whatever its template says. */
  SEATRIAL_OPERATION_SECONDS: z.coerce.number().int().min(10).max(86_400).default(7_800),
  /** Cluster-scoped kinds that templates may make. */
  SEATRIAL_CLUSTER_KINDS: json(z.array(clusterKind).max(100)).default([]),
  SEATRIAL_ENVIRONMENT_LIMITS: z.string().default("{}").pipe(json(guardrailLimits)),
  /** What a removal may repair by itself; nothing without. */
  SEATRIAL_REPAIRS: z.string().default("{}").pipe(json(repairs)),
  SEATRIAL_SWEEP_SECONDS: z.coerce.number().int().min(5).default(600),
  SEATRIAL_JANITOR: switchSchema("true"),
  /** How long after its expiry something is left to the hub. Longer than the sweep's period, which brings extensions. */
  SEATRIAL_JANITOR_MARGIN_SECONDS: z.coerce.number().int().min(0).max(604_800).default(1_800),
  /** Where operations put their files; what another life of this process left there is removed. */
  SEATRIAL_WORK_FOLDER: orNull,
  /** Secret that keeps the identity, in the provisioner's own namespace; or a file, outside a cluster. */
  SEATRIAL_KEY_SECRET: orNull,
  SEATRIAL_KEY_FILE: orNull,
  SEATRIAL_OWN_NAMESPACE: z.string().min(1).max(63).default("seatrial"),
  SEATRIAL_KUBECONFIG: orNull,
  SEATRIAL_KUBE_CONTEXT: orNull,
  SEATRIAL_PULUMI: z.string().default("pulumi"),
  SEATRIAL_HELM: z.string().default("helm"),
  SEATRIAL_KUBECTL: z.string().default("kubectl"),
  /** Through what new environments are made: Seatrial's own provider, or Pulumi's official plugin, which is untried. */
  SEATRIAL_KUBERNETES_PROVIDER: z.enum(["embedded", "plugin"]).default("embedded"),
  /** The folder with the plugin's program. */
  SEATRIAL_KUBERNETES_PLUGIN: orNull,
  SEATRIAL_KUBERNETES_PLUGIN_VERSION: z
    .string()
    .regex(/^\d+\.\d+\.\d+[\w.+-]*$/)
    .default("4.34.2"),
  /** Port for probes; 0: none. */
  SEATRIAL_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  SEATRIAL_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
  SEATRIAL_VERSION: z.string().default("0.1.0"),
  KUBERNETES_SERVICE_HOST: orNull,
  KUBERNETES_SERVICE_PORT: z.string().default("443"),
  PATH: z.string().default("/usr/local/bin:/usr/bin:/bin"),
});

export type ProvisionerConfig = ReturnType<typeof readConfig>;

/** What the janitor's own job needs: the cluster, where Leases are, and what it may repair. Throws as `readConfig` does. */
export function readJanitorConfig(environment: Record<string, string | undefined> = process.env) {
  const env = parse(
    environmentSchema.pick({
      SEATRIAL_CLUSTER_NAME: true,
      SEATRIAL_OWN_NAMESPACE: true,
      SEATRIAL_REPAIRS: true,
      SEATRIAL_JANITOR_MARGIN_SECONDS: true,
      SEATRIAL_KUBECONFIG: true,
      SEATRIAL_KUBE_CONTEXT: true,
      SEATRIAL_LOG_LEVEL: true,
      KUBERNETES_SERVICE_HOST: true,
      KUBERNETES_SERVICE_PORT: true,
    }),
    environment,
  );
  return {
    cluster: env.SEATRIAL_CLUSTER_NAME,
    ownNamespace: env.SEATRIAL_OWN_NAMESPACE,
    repairs: env.SEATRIAL_REPAIRS,
    marginSeconds: env.SEATRIAL_JANITOR_MARGIN_SECONDS,
    kubernetes: kubernetesOf(env),
    logLevel: env.SEATRIAL_LOG_LEVEL,
    host: hostname(),
  };
}

/** Parses the environment once. Throws an error that names each wrong variable. */
export function readConfig(environment: Record<string, string | undefined> = process.env) {
  const env = parse(environmentSchema, environment);
  if (!env.SEATRIAL_KEY_SECRET === !env.SEATRIAL_KEY_FILE)
    throw new Error("Set either SEATRIAL_KEY_SECRET (in a cluster) or SEATRIAL_KEY_FILE (outside)");
  return {
    hub: {
      url: env.SEATRIAL_HUB_URL,
      caPem: env.SEATRIAL_HUB_CA_FILE
        ? readFileSync(env.SEATRIAL_HUB_CA_FILE, "utf8")
        : env.SEATRIAL_HUB_CA_PEM,
      joinToken: env.SEATRIAL_JOIN_TOKEN,
    },
    cluster: { name: env.SEATRIAL_CLUSTER_NAME, labels: env.SEATRIAL_CLUSTER_LABELS },
    slots: env.SEATRIAL_SLOTS,
    spareRunners: env.SEATRIAL_SPARE_RUNNERS,
    operationSeconds: env.SEATRIAL_OPERATION_SECONDS,
    clusterKinds: env.SEATRIAL_CLUSTER_KINDS,
    limits: env.SEATRIAL_ENVIRONMENT_LIMITS,
    repairs: env.SEATRIAL_REPAIRS,
    sweepSeconds: env.SEATRIAL_SWEEP_SECONDS,
    runsJanitor: env.SEATRIAL_JANITOR,
    janitorMarginSeconds: env.SEATRIAL_JANITOR_MARGIN_SECONDS,
    workFolder:
      env.SEATRIAL_WORK_FOLDER ?? join(tmpdir(), `seatrial-operations-${env.SEATRIAL_CLUSTER_NAME}`),
    key: { secret: env.SEATRIAL_KEY_SECRET, file: env.SEATRIAL_KEY_FILE },
    ownNamespace: env.SEATRIAL_OWN_NAMESPACE,
    kubernetes: kubernetesOf(env),
    tools: { pulumi: env.SEATRIAL_PULUMI, helm: env.SEATRIAL_HELM, kubectl: env.SEATRIAL_KUBECTL },
    provider: {
      kind: env.SEATRIAL_KUBERNETES_PROVIDER,
      pluginFolder: env.SEATRIAL_KUBERNETES_PLUGIN,
      pluginVersion: env.SEATRIAL_KUBERNETES_PLUGIN_VERSION,
    },
    /** All that a runner sees of this process's environment. */
    searchPath: env.PATH,
    healthPort: env.SEATRIAL_HEALTH_PORT,
    logLevel: env.SEATRIAL_LOG_LEVEL,
    version: env.SEATRIAL_VERSION,
    host: hostname(),
  };
}

function parse<Schema extends z.ZodType>(
  schema: Schema,
  environment: Record<string, string | undefined>,
): z.infer<Schema> {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`The provisioner's environment is not right: ${wrong.join("; ")}`);
}

function kubernetesOf(env: {
  SEATRIAL_KUBECONFIG: string | null;
  SEATRIAL_KUBE_CONTEXT: string | null;
  KUBERNETES_SERVICE_HOST: string | null;
  KUBERNETES_SERVICE_PORT: string;
}) {
  const host = env.KUBERNETES_SERVICE_HOST;
  return {
    kubeconfig: env.SEATRIAL_KUBECONFIG,
    context: env.SEATRIAL_KUBE_CONTEXT,
    inClusterAddress: host
      ? `${host.includes(":") ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT}`
      : null,
  };
}
