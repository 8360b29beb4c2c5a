import { z } from "zod";

/** The longest cursor holds a case name of `limits.caseNameCharacters`, each of them a JSON escape of 6, in base64. */
const cursorCharacters = 8_500;

/** Query of every listing: `limit` 1 to 200 (50 by default), `cursor` from the page before (opaque). */
export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(cursorCharacters).optional(),
});

/** One page of a listing; `nextCursor` is null on the last one. */
export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

export type Page<Item> = { items: Item[]; nextCursor: string | null };
