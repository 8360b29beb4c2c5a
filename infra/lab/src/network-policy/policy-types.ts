/** The parts of networking.k8s.io/v1 NetworkPolicy and of pods and namespaces that decide who may talk to whom. */
export type LabelSelector = {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};
export type PolicyPort = { protocol?: string; port?: number | string; endPort?: number };
export type PolicyPeer = {
  podSelector?: LabelSelector;
  namespaceSelector?: LabelSelector;
  ipBlock?: { cidr: string; except?: string[] };
};
export type PolicySpec = {
  podSelector?: LabelSelector;
  policyTypes?: string[];
  ingress?: { from?: PolicyPeer[]; ports?: PolicyPort[] }[];
  egress?: { to?: PolicyPeer[]; ports?: PolicyPort[] }[];
};
export type PolicyObject = { namespace: string; spec: PolicySpec };

export type PodFact = {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address: string;
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly number: number }[];
};

/** Everything that policies speak of, at one moment. */
export type PolicyWorld = {
  readonly pods: readonly PodFact[];
  /** Labels by the namespace's name. */
  readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly policies: readonly PolicyObject[];
};

export type PortRange = { readonly protocol: string; readonly from: number; readonly to: number };
export type AddressBlock = { readonly cidr: string; readonly except: readonly string[] };
/** One way in or out. `null` means any. */
export type Rule = {
  readonly addresses: readonly string[] | null;
  readonly blocks: readonly AddressBlock[];
  readonly ports: readonly PortRange[] | null;
};
/** Rules by the address of each isolated pod; a pod that is not there is not isolated in that direction. */
export type RuleTable = {
  readonly ingress: ReadonlyMap<string, readonly Rule[]>;
  readonly egress: ReadonlyMap<string, readonly Rule[]>;
};
