import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { runCommand } from "../base/run-command.ts";
import { compileRules } from "./compile-rules.ts";
import { followObjects } from "./follow-objects.ts";
import { followSandboxes } from "./follow-sandboxes.ts";
import { gatherWorld, type WatchedNamespace, type WatchedPod, type WatchedPolicy } from "./gather-world.ts";
import { removeRuleset, writeRuleset } from "./write-ruleset.ts";

export type Engine = {
  /** True once rules made of a whole first listing are in the kernel. */
  readonly isReady: () => boolean;
  /** Stops, and takes the rules away. */
  readonly stop: () => Promise<void>;
};

const retryMilliseconds = 500;

/**
 * Keeps the kernel's rules equal to what the cluster's policies say. Changes that come together are applied together;
 * what was known stays in force while the API server is away.
 */
export function startEngine(kube: KubeClient, report: (line: string) => void): Engine {
  const shutdown = new AbortController();
  const { signal } = shutdown;
  let pods: ReadonlyMap<string, WatchedPod> | undefined;
  let namespaces: ReadonlyMap<string, WatchedNamespace> | undefined;
  let policies: ReadonlyMap<string, WatchedPolicy> | undefined;
  const sandboxes = new Map<string, string>();
  let applied: string | undefined;
  let isChanged = false;
  let applying: Promise<void> | undefined;

  function changed(): void {
    isChanged = true;
    applying ??= applyAll().finally(() => {
      applying = undefined;
    });
  }

  async function applyAll(): Promise<void> {
    while (isChanged && !signal.aborted) {
      isChanged = false;
      // Events that arrived with the one that woke this are taken together.
      await new Promise((resolve) => setImmediate(resolve));
      if (!pods || !namespaces || !policies) return;
      const script = writeRuleset(compileRules(gatherWorld({ pods, namespaces, policies, sandboxes })));
      if (script === applied) continue;
      try {
        await runCommand("nft", ["-f", "-"], { input: script });
        applied = script;
      } catch (error) {
        report(`the rules were not taken: ${error instanceof Error ? error.message : String(error)}`);
        setTimeout(changed, retryMilliseconds).unref();
        return;
      }
    }
  }

  /** Forgets addresses of pods that are gone. */
  function forgetSandboxes(): void {
    const uids = new Set(
      [...(pods ?? new Map<string, WatchedPod>()).values()].map(({ metadata }) => metadata.uid),
    );
    for (const uid of sandboxes.keys()) if (!uids.has(uid)) sandboxes.delete(uid);
  }

  const deps = { kube, report, signal };
  void followObjects<WatchedNamespace>(deps, "/api/v1/namespaces", (objects) => {
    namespaces = objects;
    changed();
  });
  void followObjects<WatchedPolicy>(deps, "/apis/networking.k8s.io/v1/networkpolicies", (objects) => {
    policies = objects;
    changed();
  });
  void followObjects<WatchedPod>(deps, "/api/v1/pods", (objects) => {
    pods = objects;
    changed();
  });
  const onAddress = (uid: string, address: string): void => {
    forgetSandboxes();
    sandboxes.set(uid, address);
    changed();
  };
  followSandboxes(onAddress, signal).catch((error: unknown) => report(`sandboxes: ${String(error)}`));

  return {
    isReady: () => applied !== undefined,
    async stop() {
      shutdown.abort();
      await applying;
      await runCommand("nft", ["-f", "-"], { input: removeRuleset() });
      await kube.close();
    },
  };
}
