import { z } from "zod";

/** One object, by what makes it unique for ever: its UID. */
export const objectReferenceSchema = z.object({
  apiVersion: z.string().max(320),
  kind: z.string().max(63),
  /** Null for cluster-scoped objects. */
  namespace: z.string().max(63).nullable(),
  name: z.string().max(253),
  uid: z.string().max(64).nullable(),
});
export type ObjectReference = z.infer<typeof objectReferenceSchema>;

/**
 * `gone`: read and not there, or inside a namespace whose UID was seen gone. `left`: there. `unchecked`: could not be
 * read, and `why` says so; an unchecked object is never called gone.
 */
export const proofStates = ["gone", "left", "unchecked"] as const;
export const provedObjectSchema = objectReferenceSchema.extend({
  state: z.enum(proofStates),
  why: z.string().max(500),
});

/** What a teardown found at its end. `complete` only when nothing is left and nothing is unchecked. */
export const proofSchema = z
  .object({
    complete: z.boolean(),
    madeAt: z.iso.datetime(),
    cluster: z.string().max(63),
    namespace: z.string().max(63),
    /** Null when no namespace was ever made. */
    namespaceUid: z.string().max(64).nullable(),
    counts: z.object({ gone: z.int(), left: z.int(), unchecked: z.int() }),
    /** At most 5,000; what is left or unchecked first. */
    objects: z.array(provedObjectSchema).max(5_000),
    /** Resource types of the cluster that were listed by label, and those that could not be. */
    listed: z.int(),
    unlisted: z.array(z.object({ type: z.string().max(400), why: z.string().max(500) })).max(1_000),
  })
  .meta({ id: "Proof" });
export type Proof = z.infer<typeof proofSchema>;

export const blockerKinds = [
  "finalizer",
  "dead_api_service",
  "refusing_webhook",
  "volume_in_use",
  "lost_node",
  "pod_terminating",
  "unreachable",
  "unknown",
] as const;

/** What a removal waits for. */
export const blockerSchema = z
  .object({
    kind: z.enum(blockerKinds),
    object: objectReferenceSchema.nullable(),
    /** What is the matter and who should act, such as "finalizer example.com/x: its controller runs nowhere". */
    message: z.string().max(2_000),
    /** The exact command a person could run; null when there is none. */
    command: z.string().max(2_000).nullable(),
    /** What was done about it because the cluster's policy permits it; null: nothing. */
    repaired: z.string().max(500).nullable(),
    since: z.iso.datetime(),
  })
  .meta({ id: "Blocker" });
export type Blocker = z.infer<typeof blockerSchema>;
