import { OperationError } from "../operation-error.ts";
import type { EngineOutcome, EngineRequest } from "./engine-request.ts";

/**
 * Runs one operation with one engine process and answers with the state it left. A failure of the operation is in the
 * outcome, with a closed code; only a wrong request throws.
 */
export async function runEngine(request: EngineRequest): Promise<EngineOutcome> {
  throw new OperationError("internal", `${request.action} is not possible yet`);
}
