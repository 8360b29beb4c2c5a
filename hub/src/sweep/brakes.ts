/** A doubt must stand in this many sweeps before anything is done about it. */
export const sweepsNeeded = 2;
/** Two sweeps closer together than this are one look: they may be of two replicas at the same moment. */
export const sweepGapSeconds = 10;
/** At most this share is acted on in one sweep, so that a wrong database or a wrong cluster does little before people notice. */
const largestShare = 0.2;

/** How many of `all` may be acted on in one sweep: a fifth, and at least one. */
export function mostAtOnce(all: number): number {
  return Math.max(1, Math.floor(all * largestShare));
}
