import { z } from "zod";
import { podSecurityLevels, reaches, readyProbeSchema } from "../environments/environment-template.ts";
import { limits } from "../limits.ts";
import { labelsSchema, nameSchema } from "../suites/suite-spec.ts";
import { tolerateField } from "./cluster-fields.ts";
import { component, componentFields, componentName } from "./component-fields.ts";
import { checkEnvironment } from "./environment-rules.ts";
import { durationPattern, parseDurationSeconds } from "./quantities.ts";

const duration = (description: string, least: number, most: number, example: string, range: string) =>
  z
    .string()
    .regex(durationPattern)
    .refine((text) => {
      const seconds = parseDurationSeconds(text);
      return seconds !== null && seconds >= least && seconds <= most;
    })
    .optional()
    .meta({
      description,
      examples: [example],
      write: `a length of time ${range} with its unit, as in ${example}`,
    });

const ready = z
  .strictObject({
    get: readyProbeSchema.shape.get
      .unwrap()
      .unwrap()
      .optional()
      .meta({
        description: "Path that must answer a GET with 2xx. Without it, a TCP connection must open.",
        examples: ["/readyz"],
        write: "a path that starts with '/', as in /readyz",
      }),
    times: readyProbeSchema.shape.times
      .unwrap()
      .optional()
      .meta({
        description: "How many good answers in a row. Default: 3.",
        examples: [3],
        write: "a whole number from 1 to 20, as in 3",
      }),
  })
  .optional();

const port = z.int().min(1).max(65_535);
const endpoint = z
  .union([
    port,
    z.strictObject({
      service: z
        .string()
        .regex(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/)
        .optional()
        .meta({
          description: "The Service. Default: the only one with this port.",
          examples: ["checkout"],
          write: "a Service's name, as in checkout",
        }),
      port: port.meta({
        description: "Port of the Service.",
        examples: [8080],
        write: "a port from 1 to 65535, as in 8080",
      }),
      reach: z
        .enum(reaches)
        .optional()
        .meta({
          description:
            "Who may connect: tests in the same cluster, or any machine of the network. Default: `cluster`.",
          write: `one of ${reaches.join(", ")}`,
        }),
      ready: ready.meta({
        description: "Its own proof of readiness.",
        write: "keys and values, as in {get: /readyz, times: 3}",
      }),
    }),
  ])
  .meta({
    description: "A port, or a Service with its port.",
    examples: [8080],
    write: "a port, or keys and values, as in 8080 or {service: web, port: 8080}",
  });

/** One environment of `environments:`, as people write it. */
export const environmentFields = z
  .strictObject({
    ...componentFields,
    components: z
      .array(component)
      .min(1)
      .max(limits.componentsPerTemplate)
      .optional()
      .meta({
        description: `Several parts, made in this order, at most ${limits.componentsPerTemplate}: each is ready before the next begins.`,
        examples: [[{ chart: "deploy/database" }, { chart: "deploy/shop" }]],
        write: "a list of components, as in [{chart: deploy/database}, {chart: deploy/shop}]",
      }),
    name: componentName,
    expose: z
      .record(
        nameSchema.meta({ write: "lower-case letters, digits and dashes, at most 40, as in web" }),
        endpoint,
      )
      .refine((all) => Object.keys(all).length <= 20)
      .optional()
      .meta({
        description:
          "Endpoints that tests and people may reach, at most 20. Suites use them as `${environment.web.url}`, `.host` and `.port`.",
        examples: [{ web: 8080 }],
        write: "names and ports, as in {web: 8080}",
      }),
    ready: ready.meta({
      description:
        "When the environment counts as ready: every endpoint answers, several times in a row. Proved again before each run.",
      examples: [{ get: "/readyz", times: 3 }],
      write: "keys and values, as in {get: /readyz, times: 3}",
    }),
    ttl: duration(
      "How long it lives, from its request on; up to `336h`. Default: `4h`.",
      60,
      limits.environmentTtlSeconds,
      "4h",
      "from 1m to 336h",
    ),
    keepOnFailure: duration(
      "How long it stays for people to look at when the run that brought it does not pass. Default: not at all.",
      0,
      limits.environmentTtlSeconds,
      "1h",
      "up to 336h",
    ),
    timeout: duration(
      "How long its objects may take to be ready, up to `2h`. Default: `10m`.",
      5,
      7_200,
      "10m",
      "from 5s to 2h",
    ),
    podSecurity: z
      .enum(podSecurityLevels)
      .optional()
      .meta({
        description: "The Pod Security Standard of its namespace. Default: `baseline`.",
        examples: ["restricted"],
        write: `one of ${podSecurityLevels.join(", ")}`,
      }),
    waitForIngress: z.boolean().optional().meta({
      description: "Wait for an Ingress or HTTPRoute to have an address too. Default: false.",
      write: "true or false",
    }),
    clusters: z
      .strictObject({
        labels: labelsSchema.optional().meta({
          description: "Labels a cluster must have. Default: any cluster.",
          examples: [{ region: "west" }],
          write: "names and values, as in {region: west}",
        }),
        tolerate: tolerateField,
      })
      .optional()
      .meta({
        description: "Where it may be made.",
        write: "keys and values, as in {labels: {region: west}}",
      }),
  })
  .superRefine(checkEnvironment)
  .meta({
    description:
      "How to make an environment: `chart`, `kustomize`, `manifests`, or `components`. Try it offline with `seatrial template check`.",
    write: "keys and values, as in {chart: deploy/chart, expose: {web: 8080}}",
  });
export type ConfiguredEnvironment = z.infer<typeof environmentFields>;
