import pulumi from "@pulumi/pulumi";
import { identityOf, idOf, tokenOf } from "../kubernetes-provider/object-identity.ts";
import { OperationError } from "../operation-error.ts";
import type { KubernetesObject, PlannedObject } from "../planned-object.ts";
import type { ComponentOutputs, EngineRequest, Stage } from "./engine-request.ts";
import { prepareObject } from "./prepare-object.ts";
import { loadClasses } from "./resource-classes.ts";

export type StageDeps = Pick<
  EngineRequest,
  "environmentId" | "project" | "stages" | "provider" | "clusterAccess"
> & {
  /** Told before a stage's objects are registered. */
  onPlanned: (stage: Stage, planned: readonly PlannedObject[]) => void;
  /** Told when a stage is ready. */
  onReady: (stage: Stage) => void;
  readOutputs: (stage: Stage, planned: readonly PlannedObject[]) => Promise<Record<string, string>>;
  /** The type under which the state knows an object of this identity; another version's than the planned one's. */
  knownType: (identity: string) => string | undefined;
};

/** The one provider of the program: this process, or a plugin in the version that the state names. */
class ClusterProvider extends pulumi.ProviderResource {
  constructor({ provider, clusterAccess }: StageDeps) {
    const isPlugin = provider?.kind === "plugin";
    const context = clusterAccess?.context;
    super(
      "kubernetes",
      "cluster",
      isPlugin ? { enableServerSideApply: "true", ...(context ? { context } : {}) } : {},
      isPlugin ? { version: provider.version } : {},
    );
  }
}

type Ready = { resource: pulumi.CustomResource; object: KubernetesObject };

/** The engine's program: stage after stage, each ready before the next one is planned. */
export async function runStages(deps: StageDeps): Promise<void> {
  const provider = new ClusterProvider(deps);
  const made = new Map<string, Ready>();
  const outputs: Record<string, Record<string, string>> = {};
  for (const stage of deps.stages) {
    const planned = await stage.plan(outputs satisfies ComponentOutputs);
    deps.onPlanned(stage, planned);
    await registerAll(deps, provider, planned, made);
    deps.onReady(stage);
    outputs[stage.name] = await deps.readOutputs(stage, planned);
  }
}

async function registerAll(
  deps: StageDeps,
  provider: ClusterProvider,
  planned: readonly PlannedObject[],
  made: Map<string, Ready>,
): Promise<void> {
  const objects = planned.map((one) => prepareObject(one, deps));
  const register = await loadClasses(objects);
  const byKey = new Map<string, pulumi.CustomResource>();
  const waiting: Promise<unknown>[] = [];
  for (const [index, one] of inOrder(planned)) {
    const object = objects[index] ?? one.object;
    const identity = identityOf(object);
    if (made.has(identity)) throw twice(one);
    const namespace = object.metadata.namespace;
    const home = namespace ? made.get(` Namespace ${namespace}`)?.resource : undefined;
    const before = one.after.map((key) => byKey.get(key)).filter((resource) => resource !== undefined);
    const resource = register(object, idOf(object), {
      provider,
      dependsOn: home ? [home, ...before] : before,
      ...(home ? { deletedWith: home } : {}),
      aliases: otherVersion(deps, object),
    });
    made.set(identity, { resource, object });
    byKey.set(one.key, resource);
    waiting.push(settled(resource.urn));
  }
  await Promise.all(waiting);
}

/** Namespaces first, then as `after` says; otherwise as they came. */
function inOrder(planned: readonly PlannedObject[]): [number, PlannedObject][] {
  const left = new Map(planned.map((one, index) => [one.key, [index, one] as [number, PlannedObject]]));
  const ordered: [number, PlannedObject][] = [];
  const take = (key: string) => {
    const entry = left.get(key);
    if (entry === undefined) return;
    left.delete(key);
    for (const before of entry[1].after) take(before);
    ordered.push(entry);
  };
  for (const { key, object } of planned) if (object.kind === "Namespace") take(key);
  for (const { key } of planned) take(key);
  return ordered;
}

/** Another version of its API is another type for the engine, but the same object: it must not be made and deleted. */
function otherVersion(deps: StageDeps, object: KubernetesObject): pulumi.Alias[] {
  const type = deps.knownType(identityOf(object));
  return type === undefined || type === tokenOf(object) ? [] : [{ type }];
}

function twice({ object, source }: PlannedObject): OperationError {
  const what = `${object.kind} ${idOf(object)}`;
  return new OperationError("object_refused", `${what} is there twice: rename or remove one`, source);
}

/** Resolves when the engine has made the resource and found it ready. */
function settled(urn: pulumi.Output<string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const isKnown = (urn as unknown as { promise: () => Promise<string> }).promise();
    isKnown.then(resolve, reject);
  });
}
