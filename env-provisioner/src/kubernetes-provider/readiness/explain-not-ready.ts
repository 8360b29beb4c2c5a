import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import type { ContainerStatus, Pod } from "@seatrial/kube-link/kube-types.ts";
import type { LiveObject } from "../live-object.ts";

const askSeconds = 5;
const podsNamed = 3;
const eventsNamed = 2;
const textLimit = 400;

/**
 * Why a workload is not ready, as its pods and events tell: image not pulled, crash, unschedulable, quota. At most five
 * lines; empty when the cluster tells nothing. Texts that a container wrote are left out: they may hold secrets.
 */
export async function explainNotReady(kube: KubeClient, object: LiveObject): Promise<string[]> {
  const { name, namespace } = object.metadata;
  if (!namespace) return [];
  const signal = AbortSignal.timeout(askSeconds * 1_000);
  const list = async <Item>(path: string, query: Record<string, string>): Promise<Item[]> => {
    const found = await kube
      .get<{ items: Item[] }>(path, { query: { ...query, limit: "50" }, signal })
      .catch(() => null);
    return found?.items ?? [];
  };
  const root = `/api/v1/namespaces/${namespace}`;
  const selector = podSelectorOf(object);
  const pods = selector === null ? [] : await list<Pod>(`${root}/pods`, selector);
  const troubles = unique(pods.flatMap(troubleOfPod)).slice(0, podsNamed);
  if (troubles.length > 0) return troubles;
  const events = await list<ClusterEvent>(`${root}/events`, {
    fieldSelector: `involvedObject.name=${name},involvedObject.kind=${object.kind},type=Warning`,
  });
  return unique(events.map(({ reason, message }) => `${reason}: ${shorten(message)}`)).slice(-eventsNamed);
}

type ClusterEvent = { reason?: string; message?: string };
type LabelSelector = { matchLabels?: Record<string, string> };

function podSelectorOf(object: LiveObject): Record<string, string> | null {
  if (object.kind === "Pod") return { fieldSelector: `metadata.name=${object.metadata.name}` };
  const selector = object.spec?.selector as (LabelSelector & Record<string, unknown>) | undefined;
  const labels = object.kind === "Service" ? selector : selector?.matchLabels;
  if (!labels || Object.keys(labels).length === 0) return null;
  const terms = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
  return { labelSelector: terms.join(",") };
}

/** What keeps a pod from being ready, if anything does. */
export function troubleOfPod({ metadata, status }: Pod): string[] {
  const unscheduled = status?.conditions?.find(
    (condition) => condition.type === "PodScheduled" && condition.status === "False",
  );
  if (unscheduled) return [`pod ${metadata.name} is not scheduled: ${shorten(unscheduled.message)}`];
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const troubles = containers.flatMap((container) => {
    const trouble = troubleOfContainer(container);
    return trouble === null ? [] : [`pod ${metadata.name}, container ${container.name}: ${trouble}`];
  });
  return troubles.slice(0, 1);
}

const harmless = new Set(["ContainerCreating", "PodInitializing"]);

function troubleOfContainer(container: ContainerStatus & { image?: string; ready?: boolean }): string | null {
  const { waiting, terminated, running } = container.state ?? {};
  if (waiting && !harmless.has(waiting.reason ?? "")) {
    const isImage = /Image|Pull/.test(waiting.reason ?? "");
    const what = isImage && container.image ? ` (image ${container.image})` : "";
    return `${waiting.reason}${what}: ${shorten(waiting.message)}`;
  }
  if (terminated && terminated.exitCode !== 0)
    return `ended with code ${terminated.exitCode} (${terminated.reason ?? "no reason"})`;
  if (running && container.ready === false) return "runs, but its readiness probe does not succeed";
  return null;
}

function shorten(text = ""): string {
  return text.length > textLimit ? `${text.slice(0, textLimit)}…` : text;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
