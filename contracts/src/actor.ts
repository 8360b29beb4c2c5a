import { z } from "zod";

/** Who did something. Written with every event and audit entry. `name` is for people, `id` for programs. */
export const actorSchema = z
  .object({
    kind: z.enum(["user", "token", "agent", "worker", "integration", "system"]),
    id: z.string(),
    name: z.string(),
  })
  .meta({ id: "Actor" });
export type Actor = z.infer<typeof actorSchema>;
