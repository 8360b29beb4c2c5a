import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { hasStatus } from "@seatrial/kube-link/kube-error.ts";
import type { Pod, PodSpec, WatchEvent } from "@seatrial/kube-link/kube-types.ts";
import { readLines } from "@seatrial/kube-link/read-lines.ts";

export type RawWork = {
  namespace: string;
  /** The pod that Seatrial made of the same work, on each virtual cluster in turn. */
  specs: PodSpec[];
  count: number;
  /** Pods that are there at a time: what slots are for Seatrial. */
  atOnce: number;
  /** Seatrial leaves no pods behind; without removal a plain client has less to do. */
  remove: boolean;
};

let batches = 0;
const maxEventBytes = 4 * 1_048_576;

/** Makes pods, waits for the end of each by one watch and removes them. Answers in seconds, until the last is done. */
export async function runRawPods(kube: KubeClient, work: RawWork): Promise<number> {
  batches += 1;
  const path = `/api/v1/namespaces/${work.namespace}/pods`;
  const ends = await followEnds(kube, path, "/status/phase");
  const begin = performance.now();
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < work.count; index = next++) {
      const name = `raw-${batches}-${index}`;
      const spec = work.specs[index % work.specs.length];
      const ended = ends.of(name);
      await kube.post(path, { apiVersion: "v1", kind: "Pod", metadata: { name }, spec });
      await ended;
      if (work.remove) await kube.remove(`${path}/${name}`, { gracePeriodSeconds: 1 });
    }
  };
  await Promise.all(Array.from({ length: Math.min(work.atOnce, work.count) }, worker));
  const seconds = (performance.now() - begin) / 1_000;
  ends.close();
  return seconds;
}

/** Removes what a plain client left, in one request, outside of any measurement. */
export async function removeAll(kube: KubeClient, path: string): Promise<void> {
  for (;;) {
    const { items } = await kube.get<{ items: unknown[] }>(path, { query: { limit: 1 } });
    if (items.length === 0) return;
    await kube.remove(path, { gracePeriodSeconds: 0, propagationPolicy: "Background" }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

type Ends = { of: (name: string) => Promise<void>; close: () => void };
type Ending = Pod & { status?: { conditions?: { type: string; status: string }[] } };

/** Tells when objects of a collection have ended, from now on. A watch is a hint, so a list every 5 s comes on top. */
export async function followEnds(
  kube: KubeClient,
  path: string,
  kind: "/status/phase" | "/Succeeded",
): Promise<Ends> {
  const stopping = new AbortController();
  const waiting = new Map<string, () => void>();
  const hasEnded = ({ status }: Ending) =>
    kind === "/status/phase"
      ? status?.phase === "Succeeded" || status?.phase === "Failed"
      : status?.conditions?.some((one) => one.type === "Succeeded" && one.status !== "Unknown");
  const see = (object: Ending) => {
    if (!hasEnded(object)) return;
    waiting.get(object.metadata.name)?.();
    waiting.delete(object.metadata.name);
  };
  type List = { metadata: { resourceVersion: string }; items: Ending[] };
  const { metadata } = await kube.get<List>(path, { query: { limit: 1 } });
  const query = { watch: true, resourceVersion: metadata.resourceVersion };
  const stream = await untilServed(() => kube.stream(path, { query, signal: stopping.signal }));
  const follow = async () => {
    for await (const line of readLines(stream, maxEventBytes)) {
      const { type, object } = JSON.parse(line) as WatchEvent;
      if (type === "ADDED" || type === "MODIFIED") see(object);
    }
  };
  void follow().catch(() => undefined);
  let idle = 0;
  const resync = setInterval(async () => {
    idle = waiting.size > 0 ? idle + 1 : 0;
    if (idle < 2 || stopping.signal.aborted) return;
    const { items } = await kube.get<List>(path).catch(() => ({ items: [] }));
    for (const object of items) see(object);
  }, 5_000);
  return {
    of: (name) => new Promise<void>((resolve) => waiting.set(name, resolve)),
    close() {
      clearInterval(resync);
      stopping.abort();
    },
  };
}

/** A type that was just made cannot be watched for some seconds. */
async function untilServed<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  const until = Date.now() + 60_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!hasStatus(error, 429) || Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
