import { BlockList, isIPv4 } from "node:net";
import { matchLabels } from "./match-labels.ts";
import type {
  AddressBlock,
  PodFact,
  PolicyObject,
  PolicyPeer,
  PolicyPort,
  PolicySpec,
  PolicyWorld,
  PortRange,
  Rule,
  RuleTable,
} from "./policy-types.ts";

type Direction = "ingress" | "egress";

/**
 * What the policies mean for each pod, as addresses and ports (semantics of the NetworkPolicy API, networking.k8s.io/v1):
 * a pod that some policy selects for a direction is isolated in it, and what any of its policies lets through passes.
 */
export function compileRules(world: PolicyWorld): RuleTable {
  return { ingress: compileDirection(world, "ingress"), egress: compileDirection(world, "egress") };
}

function compileDirection(world: PolicyWorld, direction: Direction): Map<string, readonly Rule[]> {
  const policies = world.policies.filter(({ spec }) => typesOf(spec).has(direction));
  const table = new Map<string, readonly Rule[]>();
  for (const pod of world.pods) {
    const own = policies.filter((policy) => selects(policy, pod));
    if (own.length > 0)
      table.set(
        pod.address,
        own.flatMap((policy) => rulesOf(policy, direction, pod, world)),
      );
  }
  return table;
}

/** Without `policyTypes` a policy is for ingress, and for egress when it has egress rules. */
function typesOf(spec: PolicySpec): Set<Direction> {
  if (spec.policyTypes && spec.policyTypes.length > 0) {
    return new Set(spec.policyTypes.map((type) => type.toLowerCase() as Direction));
  }
  return new Set(spec.egress && spec.egress.length > 0 ? ["ingress", "egress"] : ["ingress"]);
}

function selects({ namespace, spec }: PolicyObject, pod: PodFact): boolean {
  return pod.namespace === namespace && matchLabels(spec.podSelector ?? {}, pod.labels);
}

function rulesOf(policy: PolicyObject, direction: Direction, pod: PodFact, world: PolicyWorld): Rule[] {
  if (direction === "ingress") {
    return (policy.spec.ingress ?? []).flatMap(({ from, ports }) =>
      compileRule(policy, from ?? [], ports ?? [], world, () => [pod]),
    );
  }
  return (policy.spec.egress ?? []).flatMap(({ to, ports }) =>
    compileRule(policy, to ?? [], ports ?? [], world, (peers) => peers),
  );
}

/** `targets` says on whose containers a named port is looked up, given the peers. */
function compileRule(
  policy: PolicyObject,
  peers: readonly PolicyPeer[],
  ports: readonly PolicyPort[],
  world: PolicyWorld,
  targets: (peers: readonly PodFact[]) => readonly PodFact[],
): Rule[] {
  const pods =
    peers.length === 0
      ? world.pods
      : world.pods.filter((pod) => peers.some((peer) => isPeer(peer, policy.namespace, pod, world)));
  const addresses = peers.length === 0 ? null : pods.map(({ address }) => address);
  const blocks = peers.flatMap(({ ipBlock }): AddressBlock[] =>
    ipBlock ? [{ cidr: ipBlock.cidr, except: ipBlock.except ?? [] }] : [],
  );
  if (ports.length === 0) return [{ addresses, blocks, ports: null }];
  const numbered = ports.filter(({ port }) => typeof port !== "string").map(rangeOf);
  const rules: Rule[] = numbered.length > 0 ? [{ addresses, blocks, ports: numbered }] : [];
  const named = ports.filter(({ port }) => typeof port === "string");
  const isOwnPort = targets([]).length > 0;
  // Out of a pod, a named port is also that of a pod inside an address block.
  const reached = world.pods.filter(
    (pod) => pods.includes(pod) || blocks.some((one) => isInside(one, pod.address)),
  );
  for (const target of named.length > 0 ? targets(reached) : []) {
    const found = named.flatMap((port) => lookUp(port, target));
    if (found.length === 0) continue;
    // In: the port of the pod itself, from every peer. Out: the port of each peer, to that peer alone.
    if (isOwnPort) rules.push({ addresses, blocks, ports: found });
    else rules.push({ addresses: [target.address], blocks: [], ports: found });
  }
  return rules;
}

function isInside({ cidr, except }: AddressBlock, address: string): boolean {
  const holds = (text: string): boolean => {
    const [network = "", length = "32"] = text.split("/");
    const list = new BlockList();
    if (isIPv4(network)) list.addSubnet(network, Number(length));
    return list.check(address);
  };
  return holds(cidr) && !except.some(holds);
}

function isPeer(peer: PolicyPeer, namespace: string, pod: PodFact, world: PolicyWorld): boolean {
  const { podSelector, namespaceSelector } = peer;
  if (!podSelector && !namespaceSelector) return false;
  const isInNamespace = namespaceSelector
    ? matchLabels(namespaceSelector, world.namespaces.get(pod.namespace) ?? {})
    : pod.namespace === namespace;
  return isInNamespace && matchLabels(podSelector ?? {}, pod.labels);
}

function rangeOf({ protocol = "TCP", port, endPort }: PolicyPort): PortRange {
  if (typeof port !== "number") return { protocol, from: 0, to: 65_535 };
  return { protocol, from: port, to: endPort ?? port };
}

function lookUp({ protocol = "TCP", port }: PolicyPort, pod: PodFact): PortRange[] {
  return pod.ports
    .filter((candidate) => candidate.name === port && candidate.protocol === protocol)
    .map(({ number }) => ({ protocol, from: number, to: number }));
}
