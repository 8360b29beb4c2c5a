import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import type { PodSpec } from "@seatrial/kube-link/kube-types.ts";
import { type PodMoments, watchPodMoments } from "../run/pod-moments.ts";
import { sentSpec } from "../run/raw-pod.ts";
import { makeNamespace } from "./fake-nodes.ts";
import { type Spent, startMeter } from "./meter.ts";
import { runShards } from "./our-runs.ts";
import { removeAll, runRawPods } from "./raw-pods.ts";
import type { ScaleWorld } from "./scale-world.ts";
import {
  removeTaskRunsPath,
  runTaskRuns,
  startTekton,
  type TektonSettings,
  tektonNamespace,
} from "./task-runs.ts";

export type Measured = { count: number; seconds: number; perSecond: number; spent: Spent };

/** The three ways to run the same work on the same fake nodes; each leaves nothing behind for the next. */
export type Sides = {
  ours: (shards: number) => Promise<Measured>;
  raw: (count: number, atOnce: number, remove: boolean) => Promise<Measured>;
  tekton: (count: number, settings: TektonSettings) => Promise<Measured>;
};

const rawNamespace = "bench-raw";

/** Runs a few shards first, not counted: they warm everything and show the pod that raw ones are copies of. */
export async function openSides(world: ScaleWorld, project: ProjectClient): Promise<Sides> {
  const { kube, auditFile } = world.plane;
  await makeNamespace(kube, rawNamespace);
  const spec = await learnSpec(world, project);
  const specs = world.clusters.map(({ nodes }): PodSpec => ({ ...spec, ...nodes }));
  const measure = async (count: number, namespaces: string[], work: () => Promise<number>) => {
    const meter = await startMeter(world.parts, auditFile, namespaces);
    const seconds = await work();
    return { count, seconds, perSecond: count / seconds, spent: await meter.stop() };
  };
  const ourNamespaces = world.clusters.map(({ namespace }) => namespace);
  const [first] = world.clusters;
  if (first === undefined) throw new Error("the benchmark has clusters");
  return {
    ours: (shards) => measure(shards, ourNamespaces, () => runShards(project, shards)),
    async raw(count, atOnce, remove) {
      const work = { namespace: rawNamespace, specs, count, atOnce, remove };
      const measured = await measure(count, [rawNamespace], () => runRawPods(kube, work));
      await removeAll(kube, `/api/v1/namespaces/${rawNamespace}/pods`);
      return measured;
    },
    async tekton(count, settings) {
      const controller = await startTekton(world.plane, first, settings);
      try {
        return await measure(count, [tektonNamespace], () => runTaskRuns(kube, first, count));
      } finally {
        await controller.kill();
        await removeAll(kube, removeTaskRunsPath);
        await removeAll(kube, `/api/v1/namespaces/${tektonNamespace}/pods`);
      }
    },
  };
}

async function learnSpec(world: ScaleWorld, project: ProjectClient): Promise<PodSpec> {
  const watches = await Promise.all(
    world.clusters.map(({ namespace }) => watchPodMoments(world.plane.kube, namespace)),
  );
  await runShards(project, 200);
  const isShard: Parameters<PodMoments["pod"]>[0] = ({ metadata }) =>
    metadata.labels?.["seatrial.dev/run"] !== undefined;
  const [pod] = watches.flatMap((moments) => moments.pod(isShard) ?? []);
  for (const moments of watches) moments.close();
  if (pod === undefined) throw new Error("no pod of Seatrial was seen in any of the clusters");
  return sentSpec(pod);
}
