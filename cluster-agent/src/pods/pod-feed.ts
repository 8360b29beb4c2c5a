import type { Pod, PodList } from "@seatrial/kube-link/kube-types.ts";

/** `null`: it was there and is gone. */
export type PodListener = (pod: Pod | null) => void;

/** The newest known state of the agent's pods. Fed by the watch, by full lists and by the agent's own creates. */
export type PodFeed = {
  /** A newer state of one pod; an older one than is known changes nothing. */
  observe: (pod: Pod) => void;
  forget: (pod: Pod) => void;
  /** A full list is the truth: what it lacks and what is not newer than it is gone. */
  reconcile: (list: PodList) => void;
  get: (name: string) => Pod | undefined;
  all: () => Pod[];
  /** Calls with each change of the pod of this name; returns how to stop that. */
  subscribe: (name: string, listener: PodListener) => () => void;
  /** Calls with each change of any pod; returns how to stop that. */
  subscribeAll: (listener: () => void) => () => void;
};

/** An empty feed. */
export function createPodFeed(): PodFeed {
  const pods = new Map<string, Pod>();
  const listeners = new Map<string, Set<PodListener>>();
  const listenersToAll = new Set<() => void>();
  const tell = (name: string, pod: Pod | null) => {
    for (const listener of listeners.get(name) ?? []) listener(pod);
    for (const listener of listenersToAll) listener();
  };

  function observe(pod: Pod): void {
    const known = pods.get(pod.metadata.name);
    if (known && versionOf(known) >= versionOf(pod)) return;
    pods.set(pod.metadata.name, pod);
    tell(pod.metadata.name, pod);
  }
  function forget(pod: Pod): void {
    const known = pods.get(pod.metadata.name);
    if (known?.metadata.uid !== pod.metadata.uid) return;
    pods.delete(pod.metadata.name);
    tell(pod.metadata.name, null);
  }

  return {
    observe,
    forget,
    reconcile(list) {
      const listed = new Set(list.items.map((pod) => pod.metadata.uid));
      const at = BigInt(list.metadata.resourceVersion);
      for (const pod of [...pods.values()])
        if (!listed.has(pod.metadata.uid) && versionOf(pod) <= at) forget(pod);
      for (const pod of list.items) observe(pod);
    },
    get: (name) => pods.get(name),
    all: () => [...pods.values()],
    subscribe(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0) listeners.delete(name);
      };
    },
    subscribeAll(listener) {
      listenersToAll.add(listener);
      return () => listenersToAll.delete(listener);
    },
  };
}

/** Resource versions of one type compare as numbers (KEP-5504; always so with etcd). */
function versionOf(pod: Pod): bigint {
  return BigInt(pod.metadata.resourceVersion ?? "0");
}
