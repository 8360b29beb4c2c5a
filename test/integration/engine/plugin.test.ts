import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineRequest } from "@seatrial/env-provisioner/engine/engine-request.ts";
import { runEngine } from "@seatrial/env-provisioner/engine/run-engine.ts";
import { createKubeClient } from "@seatrial/kube-link/kube-client.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "seatrial-plugin-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A plugin that says what it was started with, and that it cannot do anything. */
async function writePlugin(): Promise<{ plugin: string; started: string }> {
  const plugin = join(folder, "plugin");
  const started = join(folder, "started");
  await mkdir(plugin);
  const program = join(plugin, "pulumi-resource-kubernetes");
  await writeFile(program, `#!/bin/sh\necho "$KUBECONFIG" > ${started}\necho "no such plugin" >&2\nexit 7\n`);
  await chmod(program, 0o755);
  return { plugin, started };
}

test("with a plugin the engine starts that program, tells it the cluster, and not Seatrial's own provider", async () => {
  const { plugin, started } = await writePlugin();
  const own = join(folder, "operation");
  await mkdir(own);
  const kube = createKubeClient({
    server: "https://127.0.0.1:9",
    ...{ caPem: null, clientCertificatePem: null, clientKeyPem: null },
    token: async () => null,
  });
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "b" } };
  const planned = {
    key: "app/v1/ConfigMap/a",
    component: "app",
    object,
    namespaced: true,
    after: [],
    source: null,
  };
  const request: EngineRequest = {
    ...{ action: "up", folder: own, environmentId: "e-aaaaaaaaaaaaaaaa", project: "shop", kube },
    stages: [{ name: "app", plan: async () => [planned], outputs: {} }],
    ...{ previousState: null, stateKey: new Uint8Array(32).fill(7), timeoutSeconds: 120 },
    provider: { kind: "plugin", version: "4.34.2", folder: plugin },
    clusterAccess: { kubeconfig: "/some/kubeconfig", context: null, inClusterAddress: null },
    pulumiPath: (await findTool("pulumi")).path,
    signal: new AbortController().signal,
    onStep: () => undefined,
  };
  try {
    const { failure, objects } = await runEngine(request);
    expect(failure).toMatchObject({ code: "engine_failed" });
    expect(objects).toEqual([]);
    expect(await readFile(started, "utf8")).toBe("/some/kubeconfig\n");
  } finally {
    await kube.close();
  }
});
