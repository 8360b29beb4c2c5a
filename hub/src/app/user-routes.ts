import type { HubApp, HubDeps } from "./hub-deps.ts";

/** Routes of people and their programs, one line per noun. */
export function mountUserRoutes(_app: HubApp, _deps: HubDeps): void {}
