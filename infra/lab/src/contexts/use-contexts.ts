import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { parse } from "yaml";
import type { LabConfig } from "../base/config.ts";
import { LabError } from "../base/lab-error.ts";
import { type LabState, writeLabState } from "../state/lab-state.ts";

type Kubeconfig = { contexts?: { name?: string }[] };

/**
 * Records contexts of the user's kubeconfig as the lab's clusters, under their own names. Nothing is made in them,
 * and `lab down` only forgets them. Throws `cluster_unknown` for a context that no kubeconfig has.
 */
export async function useContexts(config: LabConfig, contexts: readonly string[]): Promise<LabState> {
  const known = await readContexts(kubeconfigFiles(config));
  const clusters = contexts.map((context) => {
    const kubeconfig = known.get(context);
    if (kubeconfig !== undefined) return { name: context, phase: "ready" as const, kubeconfig, context };
    const names = [...known.keys()].join(", ") || "none";
    throw new LabError(
      "cluster_unknown",
      `No kubeconfig has the context "${context}". Known contexts: ${names}.`,
    );
  });
  const state: LabState = { driver: "context", clusters };
  await writeLabState(config.rootFolder, state);
  return state;
}

function kubeconfigFiles(config: LabConfig): string[] {
  const named = (config.environment.KUBECONFIG ?? "").split(delimiter).filter((path) => path !== "");
  return named.length > 0 ? named : [join(config.environment.HOME ?? homedir(), ".kube", "config")];
}

async function readContexts(files: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const file of files) {
    const text = await readFile(file, "utf8").catch(() => "");
    const content = parse(text) as Kubeconfig | null;
    for (const { name } of content?.contexts ?? [])
      if (name !== undefined && !found.has(name)) found.set(name, file);
  }
  return found;
}
