import { z } from "zod";

/**
 * Routes for the helper inside a pod, each with `Authorization: Bearer <lease token>`:
 * `GET /lease/v1/{lease}/content`, `GET /lease/v1/{lease}/cases`, and resumable uploads
 * `PUT|HEAD /lease/v1/{lease}/uploads?kind=…&path=…` with `Upload-Offset` and `Upload-Complete` (?0 or ?1).
 */
export const uploadKinds = ["journal", "list", "junit", "artifact"] as const;
export type UploadKind = (typeof uploadKinds)[number];

export const casesSchema = z.object({ cases: z.array(z.string()) });

const listedCase = z.object({
  id: z.string().min(1),
  weight: z.number().min(0).default(1),
  file: z.string().optional(),
});
/** What a preset's listing says: the cases in the tool's own order. */
export const caseListSchema = z.object({
  tool: z.string(),
  cases: z.array(listedCase),
  errors: z.array(z.object({ file: z.string().nullable(), message: z.string() })).default([]),
});
export type CaseList = z.infer<typeof caseListSchema>;

/** What the helper knows of the suite (`SEATRIAL_SPEC`, JSON). */
export const helperSpecSchema = z.object({
  content: z.boolean(),
  cases: z.boolean(),
  tool: z.string().nullable(),
  mode: z.enum(["list", "run"]),
  path: z.string(),
  args: z.array(z.string()),
  reports: z.object({ junit: z.array(z.string()) }),
  artifacts: z.array(z.string()),
  /** How long `collect` may go on after the tests: as long as the hub may be away. */
  graceSeconds: z.int(),
  limits: z.object({
    contentBytes: z.int(),
    contentEntries: z.int(),
    reportBytes: z.int(),
    artifactBytes: z.int(),
    artifactFiles: z.int(),
  }),
});
export type HelperSpec = z.infer<typeof helperSpecSchema>;
