import type { HubDeps } from "../app/hub-deps.ts";

/** What the lease protocol needs of the hub. */
export type LeaseDeps = Pick<HubDeps, "database" | "notifications" | "blobs" | "clock" | "settings">;
