import { z } from "zod";

/** A piece of console output. `offset` counts UTF-8 bytes from the attempt's start; a gap says what is missing there. */
export const logChunkSchema = z
  .object({
    attemptId: z.string(),
    suite: z.string(),
    shardIndex: z.int(),
    attemptNumber: z.int(),
    offset: z.int().min(0),
    text: z.string(),
    gap: z.string().nullable(),
  })
  .meta({ id: "LogChunk" });
export type LogChunk = z.infer<typeof logChunkSchema>;
