import type { SourcePlace } from "../operation-error.ts";

/** What a check says of an object: what is wrong, and the field where it is known. */
export type FoundWrong = string | { why: string; path: readonly (string | number)[] };

/** Why an object may not be in an environment. */
export type Refusal = {
  kind: string;
  name: string;
  /** What is wrong and how to fix it; never a value of the object. */
  message: string;
  place: SourcePlace | null;
};
