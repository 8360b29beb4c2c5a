import { z } from "zod";

/** What is tested. All fields are optional: a run from a laptop may have none. Untrusted text. */
export const changeSchema = z
  .object({
    sha: z.string().max(64).nullable().default(null),
    branch: z.string().max(250).nullable().default(null),
    title: z.string().max(500).nullable().default(null),
    /** True when the content has changes that no commit holds. */
    dirty: z.boolean().default(false),
  })
  .meta({ id: "Change" });
