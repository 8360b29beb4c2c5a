import type { KubeClient } from "./kube-client.ts";

type Page<Item> = { metadata?: { continue?: string }; items: Item[] };
const pageSize = 500;

/** All objects under a path, page by page. A page that expired (410) rejects: read the whole again. */
export async function listObjects<Item>(
  kube: KubeClient,
  path: string,
  options: { labelSelector?: string; fieldSelector?: string; signal?: AbortSignal | undefined } = {},
): Promise<Item[]> {
  const { signal, ...selectors } = options;
  const items: Item[] = [];
  let next: string | undefined;
  do {
    const page: Page<Item> = await kube.get<Page<Item>>(path, {
      query: { limit: pageSize, ...selectors, ...(next && { continue: next }) },
      ...(signal && { signal }),
    });
    items.push(...(page.items ?? []));
    next = page.metadata?.continue || undefined;
  } while (next !== undefined);
  return items;
}
