import type { KubeClient } from "./kube-client.ts";
import { hasStatus, KubeError, mayPass } from "./kube-error.ts";
import { pause } from "./pause.ts";
import { readLines } from "./read-lines.ts";

/** What is known of an object. */
export type Watched = {
  metadata: { name: string; namespace?: string; uid?: string; resourceVersion?: string };
};

export type WatchUntilOptions<Seen extends Watched, Result> = {
  /** The path of a collection. */
  path: string;
  /** `fieldSelector` and `labelSelector`; the smaller what comes, the better. */
  query?: Record<string, string>;
  /** Called with all objects after each list and each change; anything but undefined is the end. May throw. */
  decide: (objects: readonly Seen[]) => Result | undefined;
  signal: AbortSignal;
  /** A watch without any event for this long is given up and listed again: it may have died without a word. */
  idleMilliseconds?: number;
};

/** An object is at most 1.5 MiB in etcd. */
const maxEventBytes = 4 * 1_048_576;
const retryMilliseconds = 250;

/**
 * Lists, then follows a collection until `decide` answers. A watch is only a hint: when it ends, fails or stays silent
 * the collection is listed anew. Rejects with the signal's reason, with what `decide` throws, or with a refusal of the
 * API server that waiting does not mend.
 */
export async function watchUntil<Seen extends Watched, Result>(
  kube: KubeClient,
  options: WatchUntilOptions<Seen, Result>,
): Promise<Result> {
  const { signal } = options;
  for (;;) {
    signal.throwIfAborted();
    try {
      const result = await listAndFollow(kube, options);
      if (result !== undefined) return result;
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
    }
    await pause(retryMilliseconds, signal);
  }
}

type List<Seen> = { metadata: { resourceVersion: string }; items: Seen[] };
type Event<Seen> = { type: string; object: Seen };

async function listAndFollow<Seen extends Watched, Result>(
  kube: KubeClient,
  options: WatchUntilOptions<Seen, Result>,
): Promise<Result | undefined> {
  const { path, query = {}, decide, signal } = options;
  const list = await kube.get<List<Seen>>(path, { query, signal });
  const objects = new Map(list.items.map((item) => [keyOf(item), item]));
  const result = decide([...objects.values()]);
  if (result !== undefined) return result;
  for await (const event of follow<Seen>(kube, path, query, list.metadata.resourceVersion, options)) {
    if (event.type === "ERROR") return undefined;
    if (event.type === "DELETED") objects.delete(keyOf(event.object));
    else objects.set(keyOf(event.object), event.object);
    const now = decide([...objects.values()]);
    if (now !== undefined) return now;
  }
  return undefined;
}

/** The changes after a version; ends when the server ends it, the connection breaks or nothing comes any more. */
async function* follow<Seen>(
  kube: KubeClient,
  path: string,
  query: Record<string, string>,
  resourceVersion: string,
  { signal, idleMilliseconds = 20_000 }: { signal: AbortSignal; idleMilliseconds?: number },
): AsyncGenerator<Event<Seen>> {
  const ending = new AbortController();
  const stop = () => ending.abort();
  signal.addEventListener("abort", stop, { once: true });
  let silence = setTimeout(stop, idleMilliseconds);
  try {
    const watching = { watch: true, resourceVersion, timeoutSeconds: 300 };
    const stream = await kube.stream(path, { query: { ...query, ...watching }, signal: ending.signal });
    for await (const line of readLines(stream, maxEventBytes)) {
      clearTimeout(silence);
      silence = setTimeout(stop, idleMilliseconds);
      yield JSON.parse(line) as Event<Seen>;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof KubeError && !isPassing(error)) throw error;
  } finally {
    clearTimeout(silence);
    signal.removeEventListener("abort", stop);
    stop();
  }
}

function keyOf({ metadata }: Watched): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** 410: the version is too old to follow from, which a new list mends. */
function isPassing(error: unknown): boolean {
  return mayPass(error) || hasStatus(error, 410);
}
