import { z } from "zod";
import { nameSchema } from "../suites/suite-spec.ts";
import { environmentFields } from "./environment-fields.ts";
import { runFields } from "./run-fields.ts";
import { suiteFields } from "./suite-fields.ts";

/**
 * What a field's documentation needs: `description` and `examples` go into the published JSON Schema and the
 * reference page; `write` completes "write …" in an error message.
 */
declare module "zod" {
  interface GlobalMeta {
    write?: string;
  }
}

/** The `seatrial.yaml` of a project, as people write it. {@link parseConfiguration} reads one. */
export const configurationSchema = z
  .strictObject({
    version: z
      .literal(1)
      .meta({ description: "Version of this file's shape: 1.", examples: [1], write: "version: 1" }),
    suites: z
      .record(
        nameSchema.meta({ write: "lower-case letters, digits and dashes, at most 40, as in 'api-tests'" }),
        suiteFields,
      )
      .refine((suites) => Object.keys(suites).length > 0)
      .meta({
        description:
          "The project's suites by name. A name has lower-case letters, digits and dashes, at most 40.",
        write: "at least one suite, as in api: {tool: pytest, path: tests}",
      }),
    environments: z
      .record(
        nameSchema.meta({ write: "lower-case letters, digits and dashes, at most 40, as in preview" }),
        environmentFields,
      )
      .optional()
      .meta({
        description:
          "Short-lived environments by name, for `seatrial run --environment <name>` and `seatrial env create <name>`.",
        write: "names and environments, as in preview: {chart: deploy/chart, expose: {web: 8080}}",
      }),
    runs: z
      .record(
        nameSchema.meta({ write: "lower-case letters, digits and dashes, at most 40, as in nightly" }),
        runFields,
      )
      .refine((runs) => Object.keys(runs).length <= 100)
      .optional()
      .meta({
        description: "Runs that start by themselves, by name, at most 100.",
        write: 'at most 100 names and runs, as in nightly: {when: {schedule: "0 2 * * *"}}',
      }),
  })
  .meta({
    title: "seatrial.yaml",
    description: "What Seatrial tests in a project.",
    write: "keys and values, starting with version: 1",
  });
export type Configuration = z.infer<typeof configurationSchema>;
export type ConfiguredSuite = Configuration["suites"][string];
