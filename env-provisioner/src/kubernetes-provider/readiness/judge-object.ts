import { conditionOf, type LiveObject } from "../live-object.ts";
import { groupOf } from "../object-identity.ts";
import { judgeDaemonSet, judgeDeployment, judgeJob, judgePod, judgeStatefulSet } from "./judge-workload.ts";
import { failed, ready, type Verdict, waiting } from "./verdict.ts";

export type JudgeOptions = {
  /** The object as the apply answered. */
  applied?: LiveObject;
  /** Wait for an Ingress or HTTPRoute to have an address too. */
  waitForIngress?: boolean;
};

type Rule = (live: LiveObject, options: JudgeOptions) => Verdict;

/** By group and kind; a version does not change what ready means. */
const rules: Readonly<Record<string, Rule>> = {
  "apps/Deployment": (live, { applied }) => judgeDeployment(live, applied),
  "apps/StatefulSet": judgeStatefulSet,
  "apps/DaemonSet": judgeDaemonSet,
  "batch/Job": judgeJob,
  "/Pod": judgePod,
  "/PersistentVolumeClaim": judgeClaim,
  "/ResourceQuota": (live) => (live.status?.hard ? ready : waiting("its limits are not in force yet")),
  "apiextensions.k8s.io/CustomResourceDefinition": judgeDefinition,
  "networking.k8s.io/Ingress": (live, { waitForIngress }) => (waitForIngress ? judgeIngress(live) : ready),
  "gateway.networking.k8s.io/HTTPRoute": (live, { waitForIngress }) =>
    waitForIngress ? judgeRoute(live) : ready,
};

/**
 * Whether an object as the cluster has it does what it is for. Objects without a rule of their own are judged by their
 * conditions, and those without any are ready once applied. Services and Namespaces need more than themselves:
 * `wait-until-ready.ts`.
 */
export function judgeObject(live: LiveObject, options: JudgeOptions = {}): Verdict {
  if (live.metadata.deletionTimestamp) return waiting("it is being deleted");
  const rule = rules[`${groupOf(live.apiVersion)}/${live.kind}`];
  const { generation } = live.metadata;
  const observed = live.status?.observedGeneration;
  // Only the apps group is sure to set it; for others its absence says nothing.
  const mustObserve = groupOf(live.apiVersion) === "apps" && rule !== undefined;
  if (generation !== undefined && (mustObserve || observed !== undefined) && (observed ?? 0) < generation)
    return waiting("its controller has not seen this version yet");
  return rule ? rule(live, options) : judgeConditions(live);
}

/** The conventions for resources with conditions, as kstatus reads them. */
function judgeConditions(live: LiveObject): Verdict {
  const stalled = conditionOf(live, "Stalled");
  if (stalled?.status === "True") return failed(stalled.message ?? stalled.reason ?? "it is stalled");
  const reconciling = conditionOf(live, "Reconciling");
  if (reconciling?.status === "True") return waiting(reconciling.message ?? "it is reconciling");
  const condition = conditionOf(live, "Ready") ?? conditionOf(live, "Available");
  if (condition === undefined || condition.status === "True") return ready;
  return waiting(`${condition.type} is ${condition.status}: ${condition.message ?? condition.reason ?? ""}`);
}

function judgeClaim(live: LiveObject): Verdict {
  const phase = live.status?.phase;
  if (phase === "Bound") return ready;
  if (phase === "Lost") return failed("its volume is lost");
  if (!live.spec?.storageClassName) return waiting("it has no storage class, and no volume fits it");
  return waiting(`no volume is bound to it (storage class ${String(live.spec.storageClassName)})`);
}

function judgeDefinition(live: LiveObject): Verdict {
  const names = conditionOf(live, "NamesAccepted");
  if (names?.status === "False") return failed(names.message ?? "its names are taken");
  return conditionOf(live, "Established")?.status === "True" ? ready : waiting("it is not established yet");
}

function judgeIngress(live: LiveObject): Verdict {
  const balancer = live.status?.loadBalancer as { ingress?: unknown[] } | undefined;
  return balancer?.ingress?.length
    ? ready
    : waiting("it has no address; is there a controller of its class?");
}

function judgeRoute(live: LiveObject): Verdict {
  const parents = live.status?.parents as { conditions?: { type: string; status: string }[] }[] | undefined;
  const isAccepted = parents?.some(({ conditions = [] }) =>
    ["Accepted", "ResolvedRefs"].every((type) =>
      conditions.some((condition) => condition.type === type && condition.status === "True"),
    ),
  );
  return isAccepted ? ready : waiting("no gateway has accepted it");
}
