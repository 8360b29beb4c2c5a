import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { HubDeps } from "../app/hub-deps.ts";
import { authenticate } from "./authenticate.ts";

const recheckMs = 10_000;

/**
 * Passes on what a stream brings while its token is good: asked again at most every 10 s, at the stream's next event
 * or pause. Ends the stream when it expired or was revoked; who comes back is told why.
 */
export async function* whileAllowed<Event>(
  deps: Pick<HubDeps, "database" | "clock">,
  authorization: string | undefined,
  source: AsyncGenerator<Event>,
): AsyncGenerator<Event> {
  let askedAt = deps.clock.now().getTime();
  for await (const event of source) {
    const now = deps.clock.now();
    if (now.getTime() - askedAt >= recheckMs) {
      askedAt = now.getTime();
      if (!(await isAllowed(deps, authorization, now))) return;
    }
    yield event;
  }
}

async function isAllowed(
  deps: Pick<HubDeps, "database">,
  authorization: string | undefined,
  now: Date,
): Promise<boolean> {
  try {
    await authenticate(deps.database, authorization, now);
    return true;
  } catch (error) {
    if (error instanceof SeatrialError) return false;
    throw error;
  }
}
