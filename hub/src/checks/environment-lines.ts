import { describeFailure } from "./describe-causes.ts";
import type { ShownEnvironment } from "./report-world.ts";
import { code, link, moment } from "./safe-markdown.ts";

/** One environment in one line: what became of it, where people reach it and until when, or the proof that it is gone. */
export function environmentLine(environment: ShownEnvironment): string {
  return `Environment ${code(environment.name, 40)}${placeOf(environment)} ${stateText(environment)}`;
}

function placeOf({ cluster }: ShownEnvironment): string {
  return cluster === null ? "" : ` in ${code(cluster, 63)}`;
}

function stateText(environment: ShownEnvironment): string {
  const { state, wanted, reason, failure, environmentId } = environment;
  if (state === "deleted") return removedText(environment);
  const because = reason === null ? "" : `: ${code(reason, 500)}`;
  if (state === "stuck")
    return `cannot be removed yet${because}. See \`seatrial env show ${shortId(environmentId)}\``;
  if (wanted === "gone" || state === "deleting") return "is being removed";
  switch (state) {
    case "requested":
      return waitingText(environment, because);
    case "placed":
    case "creating":
      return "is being made";
    case "updating":
      return "is being brought to this commit";
    case "ready":
      return `is ready${addressText(environment)}, until ${moment(environment.expiresAt)}`;
    case "sleeping":
      return `sleeps until ${moment(environment.expiresAt)}: \`/seatrial up\` wakes it`;
    case "failed":
      return `could not be made${failure === null ? because : `: ${describeFailure(failure)}`}`;
  }
}

function waitingText({ queuePosition }: ShownEnvironment, because: string): string {
  if (queuePosition === null) return `waits for its place${because}`;
  // Its reason names the exact place.
  return `waits for the project's quota, ${positionText(queuePosition)}`;
}

/**
 * The place in a queue, the coarser the farther behind: each step of a long queue would otherwise be told to the forge
 * once for each pull request in it, and the forge limits how often it may be told anything.
 */
export function positionText(position: number): string {
  if (position <= 3) return `place ${position}`;
  const bound = [5, 10, 20, 50, 100].find((most) => position <= most);
  return bound === undefined ? "more than 100 before it" : `among the first ${bound}`;
}

/** The addresses that people open; one that only pods reach is no link. */
function addressText({ endpoints }: ShownEnvironment): string {
  const texts = endpoints.map(({ url, reach }) => (reach === "network" ? link(url) : code(url, 300)));
  return texts.length === 0 ? "" : ` at ${texts.join(", ")}`;
}

function removedText({ proof, environmentId }: ShownEnvironment): string {
  if (proof === null) return "is removed: nothing of it was ever made";
  const { gone, left, unchecked } = proof;
  const unknown = unchecked === 0 ? "" : `, ${unchecked} that could not be read`;
  return `is removed: ${gone} objects seen gone, ${left} left${unknown}. Proof: \`seatrial env proof ${shortId(environmentId)}\``;
}

function shortId(id: string): string {
  return id.slice(0, 8);
}
