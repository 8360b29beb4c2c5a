import { z } from "zod";
import { limits } from "../limits.ts";
import { tokenScopes } from "../scopes.ts";
import { nameSchema } from "../suites/suite-spec.ts";

export const createProjectSchema = z
  .object({
    name: nameSchema,
    /** Shard attempts of this project that may hold a lease at once, over all clusters. */
    runningQuota: z.int().min(1).max(10_000).default(50),
    /** Environments of this project that may be in a cluster or on their way at once; more wait in line. */
    environmentQuota: z.int().min(1).max(limits.environmentsPerProject).default(50),
  })
  .strict()
  .meta({ id: "CreateProject" });

const { runningQuota, environmentQuota } = createProjectSchema.shape;

/** What is left out stays as it is. */
export const changeProjectSchema = z
  .object({
    runningQuota: runningQuota.unwrap().optional(),
    environmentQuota: environmentQuota.unwrap().optional(),
  })
  .strict()
  .refine((change) => Object.values(change).some((value) => value !== undefined), {
    error: "say what to change: runningQuota, environmentQuota or both",
  })
  .meta({ id: "ChangeProject" });
export type ChangeProject = z.infer<typeof changeProjectSchema>;

export const projectSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    runningQuota: z.int(),
    environmentQuota: z.int(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "Project" });
export type Project = z.infer<typeof projectSchema>;

export const createTokenSchema = z
  .object({
    name: z.string().min(1).max(100),
    scopes: z.array(z.enum(["read", "run", "manage"])).min(1),
    /** Seconds until it expires: a minute to a year, 90 days by default. */
    expiresInSeconds: z.int().min(1).max(31_536_000).default(7_776_000),
  })
  .strict()
  .meta({ id: "CreateToken" });

export const tokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(tokenScopes)),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    revokedAt: z.iso.datetime().nullable(),
    lastUsedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "Token" });

/** The secret is shown once, here; the hub keeps only its SHA-256. */
export const createdTokenSchema = tokenSchema.extend({ secret: z.string() }).meta({ id: "CreatedToken" });

export const auditEntrySchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    actor: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
    action: z.string(),
    subject: z.string(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "AuditEntry" });
