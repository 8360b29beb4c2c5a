/** GitHub's largest page. */
export const pageSize = 100;

/** Reads pages from 1 on until one is not full, at most `most` items; `until` may end it earlier. */
export async function readPages<Item>(
  read: (page: number) => Promise<Item[]>,
  most: number,
  until: (item: Item) => boolean = () => false,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let page = 1; items.length < most; page += 1) {
    const found = await read(page);
    items.push(...found);
    if (found.length < pageSize || found.some(until)) break;
  }
  return items.slice(0, most);
}
