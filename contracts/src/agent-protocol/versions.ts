/**
 * Versions of the agent protocol. The path of each agent route begins with `/agent/v<version>`. A hub serves the newest
 * and the one before, so hubs are upgraded first and agents after; an agent that meets an older hub speaks its version.
 */
export const agentProtocols = [1, 2] as const;
export type AgentProtocol = (typeof agentProtocols)[number];
export const newestProtocol: AgentProtocol = 2;
export const oldestProtocol: AgentProtocol = 1;

/** The path of an agent route in a version, such as `/agent/v2/claim`. */
export function agentPath<Protocol extends AgentProtocol, Route extends string>(
  protocol: Protocol,
  route: Route,
): `/agent/v${Protocol}/${Route}` {
  return `/agent/v${protocol}/${route}`;
}

/** The number in an agent route's path, whether it is served or not; null for other paths. */
export function protocolOf(path: string): number | null {
  const digits = /^\/agent\/v(\d{1,4})\//.exec(path)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** True for a version that this hub serves. */
export function isServed(protocol: number | null): protocol is AgentProtocol {
  return agentProtocols.some((served) => served === protocol);
}
