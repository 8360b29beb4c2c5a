import type { Page } from "../http/page.ts";

export type PageQuery = { limit?: number; cursor?: string };

/** All items of a listing, page by page, as they are asked for. `read` gets the cursor of each page. */
export async function* readPages<Item>(
  read: (query: PageQuery) => Promise<Page<Item>>,
): AsyncGenerator<Item> {
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await read({ limit: 200, ...(cursor === null ? {} : { cursor }) });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
