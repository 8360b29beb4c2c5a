import { createHash } from "node:crypto";
import { isIPv4 } from "node:net";
import type { PortRange, Rule, RuleTable } from "./policy-types.ts";

export const policyTable = "seatrial_policy";

/**
 * The whole table as one script for `nft -f`, which the kernel takes as one change: there is no moment without rules.
 * Chains are shared by pods with equal rules. Connections that were let through go on, and so do answers. What the
 * node itself sends to a pod (probes) passes no chain of ours; what pods send to the node does.
 */
export function writeRuleset({ ingress, egress }: RuleTable): string {
  const chains = new Map<string, string[]>();
  const incoming = writeMap("ingress_pods", ingress, "saddr", chains);
  const outgoing = writeMap("egress_pods", egress, "daddr", chains);
  const addresses = [...new Set([...ingress.keys(), ...egress.keys()])].filter(isIPv4);
  const own = addresses.map((address) => `ip saddr ${address} ip daddr ${address} accept`);
  const bodies = [...chains].map(([name, lines]) => block(`chain ${name}`, [...lines, "drop"]));
  const passed = "ct state established,related accept";
  const table = block(`table ip ${policyTable}`, [
    ...bodies,
    ...incoming,
    ...outgoing,
    block("chain ingress", ["ip daddr vmap @ingress_pods"]),
    block("chain egress", ["ip saddr vmap @egress_pods"]),
    block("chain forward", [
      "type filter hook forward priority filter + 10; policy accept;",
      passed,
      ...own,
      "jump egress",
      "jump ingress",
    ]),
    block("chain input", [
      "type filter hook input priority filter + 10; policy accept;",
      passed,
      "jump egress",
    ]),
  ]);
  return `${removeRuleset()}${table}\n`;
}

/** A script that takes the table away, whether it is there or not. */
export function removeRuleset(): string {
  return `add table ip ${policyTable}\ndelete table ip ${policyTable}\n`;
}

type Side = "saddr" | "daddr";

function writeMap(
  name: string,
  rules: ReadonlyMap<string, readonly Rule[]>,
  side: Side,
  chains: Map<string, string[]>,
): string[] {
  const elements: string[] = [];
  for (const [address, own] of rules) {
    if (!isIPv4(address)) continue;
    const lines = [...new Set(own.flatMap((rule) => writeRule(rule, side)))];
    const digest = createHash("sha256").update(JSON.stringify(lines)).digest("hex").slice(0, 16);
    const chain = `${side === "saddr" ? "in" : "out"}_${digest}`;
    chains.set(chain, lines);
    elements.push(`${address} : jump ${chain}`);
  }
  const content = elements.length > 0 ? [`elements = { ${elements.join(", ")} }`] : [];
  return [block(`map ${name}`, ["type ipv4_addr : verdict", ...content])];
}

function writeRule(rule: Rule, side: Side): string[] {
  const ports = rule.ports === null ? [""] : writePorts(rule.ports);
  return writePeers(rule, side).flatMap((peer) =>
    ports.map((port) => [peer, port, "return"].filter((part) => part !== "").join(" ")),
  );
}

function writePeers({ addresses, blocks }: Rule, side: Side): string[] {
  if (addresses === null) return [""];
  const valid = [...new Set(addresses)].filter(isIPv4).sort();
  const pods = valid.length > 0 ? [`ip ${side} { ${valid.join(", ")} }`] : [];
  const ranges = blocks
    .filter(({ cidr }) => isBlock(cidr))
    .map(({ cidr, except }) =>
      [`ip ${side} ${cidr}`, ...except.filter(isBlock).map((hole) => `ip ${side} != ${hole}`)].join(" "),
    );
  return [...pods, ...ranges];
}

/** IPv6 blocks are left out: pods of the lab have no such address. */
function isBlock(cidr: string): boolean {
  const [address = "", length = ""] = cidr.split("/");
  return isIPv4(address) && /^\d{1,2}$/.test(length) && Number(length) <= 32;
}

function writePorts(ports: readonly PortRange[]): string[] {
  return ["TCP", "UDP", "SCTP"].flatMap((protocol) => {
    const ranges = merge(ports.filter((port) => port.protocol === protocol));
    if (ranges.length === 0) return [];
    const texts = ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`));
    return [`${protocol.toLowerCase()} dport { ${texts.join(", ")} }`];
  });
}

/** nft refuses a set whose intervals overlap. */
function merge(ranges: readonly PortRange[]): PortRange[] {
  const merged: PortRange[] = [];
  for (const range of ranges.toSorted((left, right) => left.from - right.from)) {
    const last = merged.at(-1);
    if (last && range.from <= last.to + 1) {
      merged[merged.length - 1] = { ...last, to: Math.max(last.to, range.to) };
    } else merged.push(range);
  }
  return merged;
}

function block(head: string, lines: readonly string[]): string {
  return `${head} {\n${lines.join("\n")}\n}`;
}
