import type { HubLink } from "@seatrial/hub-link/link/create-hub-link.ts";

/** What operations need of the hub. */
export type OperationLink = Pick<
  HubLink,
  "operationProgress" | "operationFinish" | "getState" | "putState" | "content" | "sweep"
>;
