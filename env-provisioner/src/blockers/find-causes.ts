import { inParallel } from "@seatrial/kube-link/in-parallel.ts";
import { hasStatus, KubeError } from "@seatrial/kube-link/kube-error.ts";
import type { ResourceType } from "@seatrial/kube-link/list-all-types.ts";
import { type ClusterObject, type FoundObject, namespaceType } from "../teardown/found-object.ts";
import { listFound } from "../teardown/list-found.ts";
import { findClaimedVolumes } from "../teardown/release-volumes.ts";
import type { RemovalPass } from "../teardown/removal-pass.ts";
import { isPod, namespacedTypes } from "../teardown/sweep-namespace.ts";
import type { Cause } from "./cause.ts";
import { explainFinalizers } from "./explain-finalizer.ts";
import { explainForeignNamespace, explainNamespace, explainRefusals } from "./explain-namespace.ts";
import { explainPod, type NodeFact } from "./explain-pod.ts";
import { explainVolume } from "./explain-volume.ts";
import { claimProtection, explainVolumeClaim } from "./explain-volume-claim.ts";
import { findDeadApiServices } from "./find-dead-api-services.ts";
import { findRefusingWebhooks } from "./find-refusing-webhooks.ts";
import { createFindServers } from "./find-servers.ts";

const atOnce = 8;

/** Everything that the removal waits for now, as far as this process may read it. Throws when the API is unreachable. */
export async function findCauses(pass: RemovalPass): Promise<Cause[]> {
  const { kube, namespace, recorded, signal } = pass.request;
  const namespaces = (await readAgain(pass)).map((object) => ({ type: namespaceType, object }));
  const conditions = namespaces.flatMap(({ object }) => object.status?.conditions ?? []);
  const troubles = conditions.filter(({ status }) => status === "True");
  const messages = [...pass.refusals.all, ...troubles].map(({ message }) => message ?? "");

  const content = await readContent(pass, namespaces);
  const discoveryFails =
    pass.types.failed.length > 0 || troubles.some(({ type }) => type === "NamespaceDeletionDiscoveryFailure");
  const dead = discoveryFails ? await ifPermitted(findDeadApiServices(kube, signal)) : [];
  const webhooks = await ifPermitted(findRefusingWebhooks(kube, messages, signal));
  const causes = [...dead, ...webhooks, ...(await explainContent(pass, [...namespaces, ...content]))];
  if (webhooks.length === 0) causes.push(...explainRefusals(pass.refusals.all));
  causes.push(...explainForeignNamespace(pass.namespaces.foreign, namespace, recorded));
  // What the namespace itself complains of, if nothing better was found.
  if (causes.length === 0) causes.push(...namespaces.flatMap(explainNamespace));
  return causes;
}

async function readAgain(pass: RemovalPass): Promise<ClusterObject[]> {
  const { kube, signal } = pass.request;
  const read = pass.namespaces.own.map(({ metadata }) =>
    kube
      .get<ClusterObject>(`/api/v1/namespaces/${metadata.name}`, signal ? { signal } : {})
      .then((now) => (now.metadata.uid === metadata.uid ? now : null))
      .catch((error) => (hasStatus(error, 404) ? null : Promise.reject(error))),
  );
  return (await Promise.all(read)).filter((one) => one !== null);
}

async function readContent(pass: RemovalPass, namespaces: readonly FoundObject[]): Promise<FoundObject[]> {
  const { kube, signal } = pass.request;
  const types = namespacedTypes(pass.types);
  const content: FoundObject[] = [...pass.clusterObjects];
  content.push(...(await readVolumes(pass)));
  for (const { object } of namespaces)
    content.push(...(await listFound(kube, types, { namespace: object.metadata.name }, signal)).found);
  return content;
}

const isVolume = ({ group, plural }: ResourceType) => group === "" && plural === "persistentvolumes";

async function readVolumes({ request, types, namespaces }: RemovalPass): Promise<FoundObject[]> {
  const { kube, namespace, signal } = request;
  const type = types.types.find(isVolume);
  if (type === undefined || namespaces.foreign !== null) return [];
  const volumes = (await findClaimedVolumes(kube, namespace, signal)) ?? [];
  return volumes.map((object) => ({ type, object }));
}

async function explainContent(pass: RemovalPass, content: readonly FoundObject[]): Promise<Cause[]> {
  const { kube, clock, signal } = pass.request;
  const findServers = createFindServers(kube, signal);
  const pods = content.filter(({ type }) => isPod(type));
  const readNode = createNodeReader(pass);
  const causes = await inParallel(content, atOnce, async (found): Promise<Cause[]> => {
    if (isVolume(found.type))
      return [
        explainVolume(found.type, found.object),
        ...(await explainFinalizers(found, findServers)),
      ].filter((cause) => cause !== null);
    if (found.object.metadata.deletionTimestamp === undefined) return [];
    if (found.object.metadata.finalizers?.includes(claimProtection))
      return [explainVolumeClaim(found, pods)].filter((cause) => cause !== null);
    const finalizers = await explainFinalizers(found, findServers);
    if (!isPod(found.type) || finalizers.length > 0) return finalizers;
    const node = await readNode(String(found.object.spec?.nodeName ?? ""));
    return [explainPod(found, node, clock.now())].filter((cause) => cause !== null);
  });
  return causes.flat();
}

function createNodeReader({ request: { kube, signal } }: RemovalPass): (name: string) => Promise<NodeFact> {
  const read = new Map<string, Promise<NodeFact>>();
  return async (name) => {
    if (name === "") return null;
    const node =
      read.get(name) ??
      kube.get<ClusterObject>(`/api/v1/nodes/${name}`, signal ? { signal } : {}).catch((error) => {
        if (hasStatus(error, 404)) return "missing" as const;
        if (hasStatus(error, 403)) return null;
        throw error;
      });
    read.set(name, node);
    return node;
  };
}

/** What this process may not read explains nothing; the rest still does. */
function ifPermitted(causes: Promise<Cause[]>): Promise<Cause[]> {
  return causes.catch((error) => {
    if (error instanceof KubeError && error.status === 403) return [];
    throw error;
  });
}
