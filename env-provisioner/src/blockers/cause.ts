import type { Blocker } from "@seatrial/contracts/environments/proof.ts";

/** What would take a cause away, if the policy permits it. */
export type Repair =
  | { kind: "remove_finalizer"; path: string; uid: string; finalizer: string }
  | { kind: "force_delete_pod"; path: string; uid: string }
  | { kind: "delete_api_service"; path: string; uid: string; name: string }
  | { kind: "delete_webhook"; path: string; uid: string; name: string };

/** A blocker as one look at the cluster finds it. */
export type Cause = Omit<Blocker, "since" | "repaired"> & {
  /** The same thing has the same key in every look. */
  key: string;
  /** Since when, as the cluster says; null: it does not say. */
  since: string | null;
  repair: Repair | null;
};

/** A command line that a shell takes as it stands: names in a cluster may hold more than letters. */
export function shellCommand(...words: string[]): string {
  return words
    .map((word) => (/^[A-Za-z0-9_./:=@,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(" ");
}
