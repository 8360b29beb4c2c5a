import { OperationError } from "../operation-error.ts";
import { type Checkpoint, emptyCheckpoint, parseCheckpoint } from "./checkpoint.ts";
import { stackName } from "./engine-folder.ts";
import type { EngineRequest } from "./engine-request.ts";
import { mendCheckpoint, withoutSecrets } from "./recover-state.ts";

/** What the engine begins with: the previous state, mended. Throws `state_unreadable` when it is none. */
export function startingCheckpoint(request: EngineRequest): Checkpoint {
  if (request.previousState === null) return emptyCheckpoint(stackName(request));
  const previous = parseCheckpoint(request.previousState);
  if (previous === null)
    throw new OperationError(
      "state_unreadable",
      `The state of environment ${request.environmentId} is no checkpoint of the engine`,
    );
  const mended = mendCheckpoint(previous);
  return request.action === "destroy" ? withoutSecrets(mended) : mended;
}
