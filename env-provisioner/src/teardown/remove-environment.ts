import type { RemovalOutcome, RemovalRequest } from "./removal-request.ts";

/** Removes everything of an environment from its cluster and proves it. */
export async function removeEnvironment(_request: RemovalRequest): Promise<RemovalOutcome> {
  throw new Error("not written yet");
}
