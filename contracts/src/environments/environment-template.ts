import { z } from "zod";
import { limits } from "../limits.ts";
import { contentPathSchema, nameSchema } from "../suites/suite-spec.ts";

/** How a component's objects come to be: `helm template`, `kustomize build`, or YAML files as they are. */
export const componentKinds = ["chart", "kustomization", "manifests"] as const;
export type ComponentKind = (typeof componentKinds)[number];

/** An object of a component and a field of it, as read from the cluster: `Service/web` and `spec.clusterIP`. */
export const componentOutputSchema = z
  .object({
    object: z.string().regex(/^[A-Z][A-Za-z0-9]{0,62}\/[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/),
    field: z.string().min(1).max(200),
  })
  .strict();

/**
 * One part of a template. Components are made in their order: each is ready before the next begins, and its outputs
 * may be used by later ones as `${components.<name>.<output>}` in inline values, images and manifests.
 */
export const templateComponentSchema = z
  .object({
    name: nameSchema,
    kind: z.enum(componentKinds),
    /** A chart's or kustomization's folder; a file or a folder of manifests. */
    path: contentPathSchema,
    /** Value files inside the content, later ones win. Charts only. */
    valueFiles: z.array(contentPathSchema).max(20).default([]),
    /** Values that win over the files. Charts only. */
    // Said by hand for the API's document: JSON within JSON has no end.
    values: z.record(z.string(), z.json()).meta({ type: "object", additionalProperties: true }).default({}),
    /** Image name as it stands in the objects → the reference to use instead. */
    images: z.record(z.string().min(1).max(500), z.string().min(1).max(500)).default({}),
    outputs: z.record(nameSchema, componentOutputSchema).default({}),
  })
  .strict();
export type TemplateComponent = z.infer<typeof templateComponentSchema>;

/** From where an endpoint can be reached: pods of its cluster, or any machine of the network. */
export const reaches = ["cluster", "network"] as const;
export type Reach = (typeof reaches)[number];

export const readyProbeSchema = z
  .object({
    /** Path of a GET that must answer 2xx; null: a TCP connection must open. */
    get: z.string().min(1).max(500).startsWith("/").nullable().default(null),
    /** Answers in a row. */
    times: z.int().min(1).max(20).default(3),
  })
  .strict();

export const exposeSchema = z
  .object({
    /** The Service; null: the only Service with this port. */
    service: z.string().min(1).max(63).nullable().default(null),
    port: z.int().min(1).max(65_535),
    reach: z.enum(reaches).default("cluster"),
    ready: readyProbeSchema.default({ get: null, times: 3 }),
  })
  .strict();

export const podSecurityLevels = ["baseline", "restricted"] as const;

/** How to make an environment, with every default filled in. Written by a change's author, so untrusted. */
export const environmentTemplateSchema = z
  .object({
    components: z.array(templateComponentSchema).min(1).max(limits.componentsPerTemplate),
    expose: z
      .record(nameSchema, exposeSchema)
      .refine((all) => Object.keys(all).length <= 20, { message: "at most 20 endpoints" })
      .default({}),
    podSecurity: z.enum(podSecurityLevels).default("baseline"),
    /** Seconds until an apply that is not ready gives up. */
    timeoutSeconds: z.int().min(5).max(7_200).default(600),
    /** Wait for an Ingress or HTTPRoute to have an address too. */
    waitForIngress: z.boolean().default(false),
  })
  .strict()
  .meta({ id: "EnvironmentTemplate" });
export type EnvironmentTemplate = z.infer<typeof environmentTemplateSchema>;
export type EnvironmentTemplateInput = z.input<typeof environmentTemplateSchema>;
