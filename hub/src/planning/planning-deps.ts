import type { HubDeps } from "../app/hub-deps.ts";

/** What planning needs of the hub. */
export type PlanningDeps = Pick<
  HubDeps,
  "database" | "notifications" | "blobs" | "clock" | "settings" | "logger"
>;
