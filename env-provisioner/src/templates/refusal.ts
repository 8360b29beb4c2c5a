import type { SourcePlace } from "../operation-error.ts";

/** Why an object may not be in an environment. */
export type Refusal = {
  kind: string;
  name: string;
  /** What is wrong and how to fix it; never a value of the object. */
  message: string;
  place: SourcePlace | null;
};
