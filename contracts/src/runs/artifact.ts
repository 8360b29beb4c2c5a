import { z } from "zod";

/** A file kept from an attempt. `path` is relative to the suite's folder and untrusted text. */
export const artifactSchema = z
  .object({
    id: z.string(),
    runId: z.string(),
    attemptId: z.string(),
    suite: z.string(),
    shardIndex: z.int(),
    kind: z.enum(["artifact", "junit", "journal", "list"]),
    path: z.string(),
    bytes: z.int(),
    sha256: z.string(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "Artifact" });
export type Artifact = z.infer<typeof artifactSchema>;
