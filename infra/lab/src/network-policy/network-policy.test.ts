import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileRules } from "./compile-rules.ts";
import { gatherWorld, type WatchedPod } from "./gather-world.ts";
import { matchLabels } from "./match-labels.ts";
import type { PodFact, PolicyObject, PolicySpec, PolicyWorld, Rule } from "./policy-types.ts";
import { removeRuleset, writeRuleset } from "./write-ruleset.ts";

const pod = (namespace: string, name: string, address: string, app = name): PodFact => ({
  namespace,
  name,
  address,
  labels: { app },
  ports: [{ name: "web", protocol: "TCP", number: name === "server" ? 8080 : 9090 }],
});
const server = pod("home", "server", "10.0.0.1");
const client = pod("home", "client", "10.0.0.2");
const stranger = pod("away", "stranger", "10.0.0.3", "client");
const pods = [server, client, stranger];
const namespaces = new Map([
  ["home", { team: "home" }],
  ["away", { team: "away" }],
]);

function world(...specs: PolicySpec[]): PolicyWorld {
  return { pods, namespaces, policies: specs.map((spec) => ({ namespace: "home", spec })) };
}

function contains(cidr: string, address: string): boolean {
  const [base = "", length = "32"] = cidr.split("/");
  const number = (text: string) => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(length));
  return Math.floor(number(base) / size) === Math.floor(number(address) / size);
}

/** What the compiled rules let through, read in the plainest way. */
function passes(rules: readonly Rule[] | undefined, peer: string, port: number, protocol = "TCP"): boolean {
  if (rules === undefined) return true;
  return rules.some(({ addresses, blocks, ports }) => {
    const isPeer =
      addresses === null ||
      addresses.includes(peer) ||
      blocks.some(({ cidr, except }) => contains(cidr, peer) && !except.some((hole) => contains(hole, peer)));
    const isPort =
      ports === null ||
      ports.some((range) => range.protocol === protocol && range.from <= port && port <= range.to);
    return isPeer && isPort;
  });
}

function connects(of: PolicyWorld, from: PodFact, to: PodFact, port = 8080, protocol = "TCP"): boolean {
  const { ingress, egress } = compileRules(of);
  const isOut = passes(egress.get(from.address), to.address, port, protocol);
  return isOut && passes(ingress.get(to.address), from.address, port, protocol);
}

describe("a pod that no policy selects", () => {
  test("is open in both directions", () => {
    expect(connects(world(), client, server)).toBe(true);
    const other = world({
      podSelector: { matchLabels: { app: "nobody" } },
      policyTypes: ["Ingress", "Egress"],
    });
    expect(connects(other, client, server)).toBe(true);
    expect(compileRules(other)).toEqual({ ingress: new Map(), egress: new Map() });
  });
  test("is open also when another namespace's policy would match its labels", () => {
    expect(connects(world({ podSelector: {} }), server, stranger)).toBe(true);
  });
});

describe("the directions of a policy", () => {
  test("are ingress alone without types and egress rules, both with egress rules", () => {
    const directions = (spec: PolicySpec) => {
      const { ingress, egress } = compileRules(world(spec));
      return [ingress.has(server.address), egress.has(server.address)];
    };
    expect(directions({ podSelector: {} })).toEqual([true, false]);
    expect(directions({ podSelector: {}, egress: [] })).toEqual([true, false]);
    expect(directions({ podSelector: {}, egress: [{}] })).toEqual([true, true]);
    expect(directions({ podSelector: {}, policyTypes: ["Egress"] })).toEqual([false, true]);
    expect(directions({ podSelector: {}, policyTypes: ["Egress"], ingress: [{}] })).toEqual([false, true]);
  });
  test("must both let a connection through", () => {
    const out = { podSelector: { matchLabels: { app: "client" } }, policyTypes: ["Egress"] };
    const into = { podSelector: { matchLabels: { app: "server" } }, ingress: [{}] };
    expect(connects(world(into), client, server)).toBe(true);
    expect(connects(world(into, out), client, server)).toBe(false);
  });
});

describe("peers", () => {
  const from = (...peers: NonNullable<NonNullable<PolicySpec["ingress"]>[number]["from"]>) =>
    world({ podSelector: { matchLabels: { app: "server" } }, ingress: [{ from: peers }] });

  test("by pod selector are of the policy's own namespace", () => {
    const of = from({ podSelector: { matchLabels: { app: "client" } } });
    expect([connects(of, client, server), connects(of, stranger, server)]).toEqual([true, false]);
  });
  test("by namespace selector are all pods of it", () => {
    const of = from({ namespaceSelector: { matchLabels: { team: "away" } } });
    expect([connects(of, client, server), connects(of, stranger, server)]).toEqual([false, true]);
  });
  test("by both in one entry must match both, in two entries either", () => {
    const team = { matchLabels: { team: "away" } };
    const none = { matchLabels: { app: "nobody" } };
    expect(connects(from({ namespaceSelector: team, podSelector: none }), stranger, server)).toBe(false);
    expect(connects(from({ namespaceSelector: team }, { podSelector: none }), stranger, server)).toBe(true);
  });
  test("by an empty pod selector are the namespace, by an empty list everybody", () => {
    expect(connects(from({ podSelector: {} }), stranger, server)).toBe(false);
    expect(connects(from(), stranger, server)).toBe(true);
  });
  test("by address block are those inside it but its exceptions", () => {
    const of = from({ ipBlock: { cidr: "10.0.0.0/24", except: ["10.0.0.2/32"] } });
    expect([connects(of, client, server), connects(of, stranger, server)]).toEqual([false, true]);
  });
});

describe("ports", () => {
  const ports = (...list: NonNullable<NonNullable<PolicySpec["ingress"]>[number]["ports"]>) =>
    world({ podSelector: { matchLabels: { app: "server" } }, ingress: [{ ports: list }] });
  const open = (of: PolicyWorld, port: number, protocol = "TCP") =>
    connects(of, client, server, port, protocol);

  test("are TCP unless the policy says otherwise, and one or a range", () => {
    expect([open(ports({ port: 80 }), 80), open(ports({ port: 80 }), 80, "UDP")]).toEqual([true, false]);
    const range = ports({ protocol: "UDP", port: 100, endPort: 110 });
    expect([99, 100, 110, 111].map((port) => open(range, port, "UDP"))).toEqual([false, true, true, false]);
    expect([open(ports({ protocol: "UDP" }), 9, "UDP"), open(ports({ protocol: "UDP" }), 9)]).toEqual([
      true,
      false,
    ]);
  });
  test("by name are looked up on the pod that is connected to, in and out", () => {
    expect([open(ports({ port: "web" }), 8080), open(ports({ port: "web" }), 9090)]).toEqual([true, false]);
    expect(open(ports({ port: "nothing" }), 8080)).toBe(false);
    const out = world({
      podSelector: { matchLabels: { app: "server" } },
      policyTypes: ["Egress"],
      egress: [{ ports: [{ port: "web" }] }],
    });
    expect([connects(out, server, client, 9090), connects(out, server, client, 8080)]).toEqual([true, false]);
  });
});

describe("many policies", () => {
  const selector = fc.constantFrom(
    {},
    { matchLabels: { app: "client" } },
    { matchLabels: { app: "server" } },
  );
  const teams = fc.constantFrom({}, { matchLabels: { team: "home" } }, { matchLabels: { team: "away" } });
  const peer = fc.oneof(
    selector.map((podSelector) => ({ podSelector })),
    teams.map((namespaceSelector) => ({ namespaceSelector })),
    fc.tuple(selector, teams).map(([podSelector, namespaceSelector]) => ({ podSelector, namespaceSelector })),
    fc
      .constantFrom("10.0.0.0/30", "10.0.0.2/32")
      .map((cidr) => ({ ipBlock: { cidr, except: ["10.0.0.3/32"] } })),
  );
  const port = fc.record({ port: fc.constantFrom<string | number>(8080, 9090, "web") });
  const rule = fc.record({
    peers: fc.array(peer, { maxLength: 2 }),
    ports: fc.array(port, { maxLength: 2 }),
  });
  const policy = fc
    .record({
      podSelector: selector,
      namespace: fc.constantFrom("home", "away"),
      into: fc.array(rule, { maxLength: 2 }),
      out: fc.array(rule, { maxLength: 2 }),
      types: fc.subarray(["Ingress", "Egress"], { minLength: 1 }),
    })
    .map(
      ({ podSelector, namespace, into, out, types }): PolicyObject => ({
        namespace,
        spec: {
          podSelector,
          policyTypes: types,
          ingress: into.map(({ peers, ports }) => ({ from: peers, ports })),
          egress: out.map(({ peers, ports }) => ({ to: peers, ports })),
        },
      }),
    );

  /** The text of the API's documentation, for one connection. */
  function allows(
    policies: readonly PolicyObject[],
    own: PodFact,
    other: PodFact,
    to: PodFact,
    number: number,
    type: string,
  ): boolean {
    const mine = policies.filter(
      ({ namespace, spec }) =>
        namespace === own.namespace &&
        spec.policyTypes?.includes(type) &&
        matchLabels(spec.podSelector ?? {}, own.labels),
    );
    if (mine.length === 0) return true;
    return mine.some(({ namespace, spec }) => {
      const rules =
        type === "Ingress"
          ? (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from ?? [], ports: ports ?? [] }))
          : (spec.egress ?? []).map(({ to: peers, ports }) => ({ peers: peers ?? [], ports: ports ?? [] }));
      return rules.some(({ peers, ports }) => {
        const isPort =
          ports.length === 0 ||
          ports.some(
            ({ port: wanted }) =>
              wanted === number || to.ports.some((one) => one.name === wanted && one.number === number),
          );
        const isPeer =
          peers.length === 0 ||
          peers.some(({ podSelector, namespaceSelector, ipBlock }) => {
            if (ipBlock)
              return (
                contains(ipBlock.cidr, other.address) && !contains(ipBlock.except?.[0] ?? "", other.address)
              );
            const isNear = namespaceSelector
              ? matchLabels(namespaceSelector, namespaces.get(other.namespace) ?? {})
              : other.namespace === namespace;
            return isNear && matchLabels(podSelector ?? {}, other.labels);
          });
        return isPort && isPeer;
      });
    });
  }

  test("let through exactly what the API's text lets through", () => {
    fc.assert(
      fc.property(
        fc.array(policy, { maxLength: 4 }),
        fc.constantFrom(...pods),
        fc.constantFrom(...pods),
        fc.constantFrom(8080, 9090),
        (policies, from, to, number) => {
          const of = { pods, namespaces, policies };
          const expected =
            allows(policies, from, to, to, number, "Egress") &&
            allows(policies, to, from, to, number, "Ingress");
          expect(connects(of, from, to, number)).toBe(expected);
        },
      ),
      { numRuns: 2_000 },
    );
  });
  test("and any of them lets a selector's operators decide", () => {
    const of = (operator: string, values?: string[]) =>
      matchLabels(
        { matchExpressions: [{ key: "app", operator, ...(values ? { values } : {}) }] },
        { app: "a" },
      );
    expect([of("In", ["a"]), of("In", ["b"]), of("NotIn", ["a"]), of("NotIn", ["b"])]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect([of("Exists"), of("DoesNotExist"), of("Whatever")]).toEqual([true, false, false]);
    expect(matchLabels({ matchExpressions: [{ key: "x", operator: "NotIn", values: ["a"] }] }, {})).toBe(
      true,
    );
  });
});

describe("the pods that rules are made for", () => {
  const watched = (fields: Partial<WatchedPod>): WatchedPod => ({
    metadata: { namespace: "home", name: "a", uid: "u-1", labels: {} },
    spec: { containers: [{ ports: [{ name: "web", containerPort: 80 }] }] },
    status: { phase: "Running", podIP: "10.0.0.9" },
    ...fields,
  });
  const facts = (one: WatchedPod, sandboxes = new Map<string, string>()) =>
    gatherWorld({ pods: new Map([["a", one]]), namespaces: new Map(), policies: new Map(), sandboxes }).pods;

  test("are those with an address of their own that have not ended", () => {
    expect(facts(watched({}))).toMatchObject([
      { address: "10.0.0.9", ports: [{ name: "web", protocol: "TCP", number: 80 }] },
    ]);
    expect(facts(watched({ status: { phase: "Succeeded", podIP: "10.0.0.9" } }))).toEqual([]);
    expect(facts(watched({ spec: { hostNetwork: true, containers: [] } }))).toEqual([]);
  });
  test("are known by the node's word before the API has their address", () => {
    const fresh = watched({ status: { phase: "Pending" } });
    expect(facts(fresh)).toEqual([]);
    expect(facts(fresh, new Map([["u-1", "10.0.0.7"]]))).toMatchObject([{ address: "10.0.0.7" }]);
  });
});

describe("the script for nft", () => {
  test("replaces the whole table at once, and pods with equal rules share a chain", () => {
    const script = writeRuleset(compileRules(world({ podSelector: {} })));
    expect(script.startsWith(removeRuleset())).toBe(true);
    expect(script.match(/^chain in_/gm)).toHaveLength(1);
    expect(script).toMatch(/elements = \{ 10\.0\.0\.1 : jump in_\w+, 10\.0\.0\.2 : jump in_\w+ \}/);
    expect(script).not.toContain("10.0.0.3 : jump");
  });
  test("joins ports that overlap, as nft refuses them, and keeps exceptions of blocks", () => {
    const ports = [{ port: 80, endPort: 90 }, { port: 85, endPort: 95 }, { port: 443 }];
    const from = [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }];
    const script = writeRuleset(compileRules(world({ podSelector: {}, ingress: [{ from, ports }] })));
    expect(script).toContain("ip saddr 10.0.0.0/8 ip saddr != 10.1.0.0/16 tcp dport { 80-95, 443 } return");
  });
  test("holds nothing but addresses, whatever an object says", () => {
    const from = [
      { ipBlock: { cidr: "0.0.0.0/0 accept; #", except: [] } },
      { ipBlock: { cidr: "fd00::/8" } },
    ];
    const script = writeRuleset(compileRules(world({ podSelector: {}, ingress: [{ from }] })));
    expect(script).not.toContain("#");
    expect(script).not.toContain("fd00");
    expect(script).toMatch(/chain in_\w+ \{\ndrop\n\}/);
  });
});
