import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { readLines } from "@seatrial/kube-link/read-lines.ts";

export type KubeObject = {
  metadata: { namespace?: string; name: string; uid?: string; resourceVersion?: string };
};
type Event<Item> = { type: string; object: Item & { message?: string } };

const watchSeconds = 60;
const retryMilliseconds = 200;
const longestEventBytes = 4 * 1024 * 1024;

/**
 * Keeps all objects of one kind: lists them, watches for changes, and lists again every minute and after every
 * failure. What was known stays while the API server is away. Calls `onChange` whenever something may be different.
 */
export async function followObjects<Item extends KubeObject>(
  deps: { kube: KubeClient; report: (line: string) => void; signal: AbortSignal },
  path: string,
  onChange: (objects: ReadonlyMap<string, Item>) => void,
): Promise<void> {
  const { kube, signal } = deps;
  let objects = new Map<string, Item>();
  while (!signal.aborted) {
    try {
      const list = await kube.get<{ metadata: { resourceVersion: string }; items: Item[] }>(path, { signal });
      objects = new Map(list.items.map((item) => [keyOf(item), item]));
      onChange(objects);
      await watch(list.metadata.resourceVersion);
    } catch (error) {
      if (signal.aborted) return;
      deps.report(`${path}: ${error instanceof Error ? error.message : String(error)}`);
      await pause(retryMilliseconds, signal);
    }
  }

  async function watch(resourceVersion: string): Promise<void> {
    const query = { watch: true, resourceVersion, timeoutSeconds: watchSeconds };
    // A connection that died without a word is given up a little after the server would have ended it.
    const limit = AbortSignal.any([signal, AbortSignal.timeout((watchSeconds + 10) * 1000)]);
    for await (const line of readLines(
      await kube.stream(path, { query, signal: limit }),
      longestEventBytes,
    )) {
      const { type, object } = JSON.parse(line) as Event<Item>;
      if (type === "ERROR") throw new Error(object.message ?? "the watch ended with an error");
      if (type === "DELETED") objects.delete(keyOf(object));
      else objects.set(keyOf(object), object);
      onChange(objects);
    }
  }
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}
