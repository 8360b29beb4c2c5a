import type { HubApp, HubDeps } from "./hub-deps.ts";

/** Routes of agents, of the helper inside pods, and of the worker. */
export function mountInternalRoutes(_app: HubApp, _deps: HubDeps): void {}
