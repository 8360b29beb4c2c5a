import { z } from "zod";
import { componentOutputSchema } from "../environments/environment-template.ts";
import { contentPathSchema, nameSchema } from "../suites/suite-spec.ts";
import { checkComponents } from "./environment-rules.ts";

const path = (description: string, example: string) =>
  contentPathSchema.optional().meta({
    description,
    examples: [example],
    write: `a relative path with '/' and no '..', as in ${example}`,
  });

const inlineValues = z.record(z.string(), z.json());
const values = z
  .union([
    inlineValues,
    z
      .array(z.union([contentPathSchema.min(1), inlineValues]))
      .min(1)
      .max(21),
  ])
  .optional()
  .meta({
    description:
      "Values of the chart: value files of the content, later ones win, and values written here, which win over all files. Text may hold `${change.sha}`, `${change.branch}`, `${environment.id}`, `${environment.namespace}` and `${components.<name>.<output>}`. Only with `chart`.",
    examples: [["deploy/preview.yaml"]],
    write: "a list of value files, or values, as in [deploy/preview.yaml, {replicaCount: 1}]",
  });

const images = z
  .record(z.string().min(1).max(500), z.string().min(1).max(500).regex(/^\S+$/))
  .optional()
  .meta({
    description:
      "Other images for containers: the image as it stands in the rendered objects, with or without its tag, and what to use instead. One that matches nothing is an error.",
    examples: [{ "ghcr.io/acme/checkout": "ghcr.io/acme/checkout:${change.sha}" }],
    write: "images by name, as in {ghcr.io/acme/checkout: 'ghcr.io/acme/checkout:1.2'}",
  });

export const componentFields = {
  chart: path(
    "Folder of a Helm chart, with its dependencies in `charts/`. Rendered without the network and without hooks: test hooks are left out, any other hook is refused.",
    "deploy/chart",
  ),
  kustomize: path(
    "Folder of a kustomization. Bases and files of this repository only: nothing is fetched, no plugin runs.",
    "deploy/overlays/preview",
  ),
  manifests: path("A YAML file, or a folder of them, applied as they are.", "deploy/manifests"),
  values,
  images,
};

export const componentName = nameSchema.optional().meta({
  description:
    "Name of the component, and of the chart's release. Default: the last part of its path, such as `chart` for `deploy/chart`.",
  examples: ["checkout"],
  write: "lower-case letters, digits and dashes, at most 40, as in checkout",
});

/** One part of an environment, as people write it. */
export const component = z
  .strictObject({
    name: componentName,
    ...componentFields,
    outputs: z
      .record(
        nameSchema.meta({ write: "lower-case letters, digits and dashes, as in host" }),
        componentOutputSchema
          .extend({
            object: componentOutputSchema.shape.object.meta({
              description: "The object as kind and name.",
              write: "kind and name, as in Service/database",
            }),
            field: componentOutputSchema.shape.field.meta({
              description: "Its field.",
              write: "a field's path, as in spec.clusterIP",
            }),
          })
          .meta({
            write: "an object and its field, as in {object: Service/database, field: spec.clusterIP}",
          }),
      )
      .optional()
      .meta({
        description:
          "Fields of its objects that later components use as `${components.<name>.<output>}`: read from the cluster once this component is ready.",
        examples: [{ host: { object: "Service/database", field: "spec.clusterIP" } }],
        write: "names and fields, as in {host: {object: Service/database, field: spec.clusterIP}}",
      }),
  })
  .superRefine(checkComponents)
  .meta({
    description: "One part of an environment: `chart`, `kustomize` or `manifests`.",
    write: "keys and values, as in {chart: deploy/database}",
  });

export type ConfiguredComponent = z.infer<typeof component>;
