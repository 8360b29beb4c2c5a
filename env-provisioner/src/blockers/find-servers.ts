import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { KubeError } from "@seatrial/kube-link/kube-error.ts";
import { listObjects } from "@seatrial/kube-link/list-objects.ts";
import type { FindServers } from "./explain-finalizer.ts";

type Workload = {
  metadata: { name: string; namespace: string };
  spec: { replicas?: number; template: { spec: { serviceAccountName?: string } } };
  status?: { readyReplicas?: number; numberReady?: number; desiredNumberScheduled?: number };
};
type NamedWorkload = Workload & { kind: string };
type Role = {
  metadata: { name: string };
  rules?: { apiGroups?: string[]; resources?: string[]; verbs?: string[] }[] | null;
};
type Binding = {
  roleRef: { kind: string; name: string };
  subjects?: { kind: string; name: string; namespace?: string }[];
};

const workloadPaths = { Deployment: "deployments", StatefulSet: "statefulsets", DaemonSet: "daemonsets" };

/**
 * Looks for whoever should take a finalizer off: workloads that bear the name of the manager that set it, and those
 * whose service account has the right to change objects of that very type (a wildcard says nothing). What may not be
 * read is left out: an answer is a hint for people, "nobody" means "nobody found".
 */
export function createFindServers(kube: KubeClient, signal?: AbortSignal): FindServers {
  const list = <Item>(path: string): Promise<Item[]> =>
    listObjects<Item>(kube, path, { signal }).catch((error) => {
      signal?.throwIfAborted();
      if (error instanceof KubeError && error.status !== 0) return [];
      throw error;
    });
  const readAll = async () => {
    const workloads = await Promise.all(
      Object.entries(workloadPaths).map(async ([kind, plural]) =>
        (await list<Workload>(`/apis/apps/v1/${plural}`)).map((workload) => ({ ...workload, kind })),
      ),
    );
    const rbac = "/apis/rbac.authorization.k8s.io/v1";
    const roles = await list<Role>(`${rbac}/clusterroles`);
    const bindings = await list<Binding>(`${rbac}/clusterrolebindings`);
    return { workloads: workloads.flat(), roles, bindings };
  };
  let facts: ReturnType<typeof readAll> | null = null;

  return async ({ type }, managers) => {
    facts ??= readAll();
    const { workloads, roles, bindings } = await facts;
    const accounts = accountsOf(
      roles.filter((role) => mayChange(role, type.group, type.plural)),
      bindings,
    );
    return workloads
      .filter((workload) => managers.includes(workload.metadata.name) || accounts.has(accountOf(workload)))
      .map(describe);
  };
}

function mayChange({ rules }: Role, group: string, plural: string): boolean {
  return (rules ?? []).some(
    ({ apiGroups = [], resources = [], verbs = [] }) =>
      apiGroups.includes(group) &&
      resources.some((resource) => resource === plural || resource === `${plural}/finalizers`) &&
      verbs.some((verb) => ["update", "patch", "*"].includes(verb)),
  );
}

function accountsOf(roles: readonly Role[], bindings: readonly Binding[]): Set<string> {
  const names = new Set(roles.map(({ metadata }) => metadata.name));
  const bound = bindings.filter(({ roleRef }) => roleRef.kind === "ClusterRole" && names.has(roleRef.name));
  return new Set(
    bound
      .flatMap(({ subjects }) => subjects ?? [])
      .filter(({ kind }) => kind === "ServiceAccount")
      .map(({ namespace, name }) => `${namespace}/${name}`),
  );
}

function accountOf({ metadata, spec }: NamedWorkload): string {
  return `${metadata.namespace}/${spec.template.spec.serviceAccountName ?? "default"}`;
}

function describe({ kind, metadata, spec, status }: NamedWorkload): string {
  const ready = status?.readyReplicas ?? status?.numberReady ?? 0;
  const wanted = status?.desiredNumberScheduled ?? spec.replicas ?? 1;
  return `${kind} ${metadata.namespace}/${metadata.name} (${ready} of ${wanted} ready)`;
}
