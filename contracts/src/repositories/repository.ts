import { z } from "zod";
import { actorSchema } from "../actor.ts";

/** `owner/name` as the forge spells it. Compared without regard to case, as GitHub does. */
export const repositoryNameSchema = z
  .string()
  .max(140)
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}$/)
  .meta({ examples: ["acme/shop"] });

/** A commit's full SHA-1 or SHA-256 in hex. */
export const commitShaSchema = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);

/**
 * `POST /v1/projects/{project}/repositories`: pull requests of this repository belong to the project from now on. It is
 * the platform team's (scope `admin`): a repository belongs to one project only.
 */
export const connectRepositorySchema = z
  .object({
    name: repositoryNameSchema,
    /** Of the GitHub App; null: the worker finds it, or a webhook tells it. */
    installationId: z.int().min(1).nullable().default(null),
  })
  .strict()
  .meta({ id: "ConnectRepository" });
export type ConnectRepository = z.infer<typeof connectRepositorySchema>;
export type ConnectRepositoryInput = z.input<typeof connectRepositorySchema>;

export const repositorySchema = z
  .object({
    id: z.string(),
    project: z.string(),
    forge: z.literal("github"),
    name: z.string(),
    installationId: z.int().nullable(),
    connectedBy: actorSchema,
    createdAt: z.iso.datetime(),
    /** When the open pull requests were last compared with the forge's; null: not yet. */
    sweptAt: z.iso.datetime().nullable(),
    /** Why the forge cannot be asked at the moment; null: it answers. */
    problem: z.string().nullable(),
  })
  .meta({ id: "Repository" });
export type Repository = z.infer<typeof repositorySchema>;
