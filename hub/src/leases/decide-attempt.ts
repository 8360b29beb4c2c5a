import type { Exit } from "@seatrial/contracts/runs/exit.ts";

/** Everything the verdict of an attempt depends on. */
export type AttemptFacts = {
  exit: Exit;
  mode: "list" | "test";
  /** True for a tool preset, which always reports its cases; false for an image with a command. */
  isPreset: boolean;
  /** True when the suite says that a report must come (a preset, or a declared JUnit path). */
  expectsResults: boolean;
  isCancelRequested: boolean;
  results: number;
  redResults: number;
  /** Planned cases that no result tells anything of. */
  missing: readonly string[];
  /** Reports that the helper could not bring, each with its reason. What they say is unknown, so green is not proved. */
  uncollected: readonly string[];
  /** What the listing brought; null when there is none. */
  list: { errors: readonly string[] } | null;
};

export type Decision = { state: "passed" | "failed" | "errored" | "cancelled"; message: string };

/**
 * What an attempt that ended amounts to. *Failed* means the tests say no; *errored* means Seatrial could not tell.
 * A message is empty when the state says it all.
 */
export function decideAttempt(facts: AttemptFacts): Decision {
  const { exit } = facts;
  if (exit.reason === "cancelled" && facts.isCancelRequested)
    return { state: "cancelled", message: exit.message };
  if (exit.reason === "cancelled")
    return errored(exit.message || "the agent stopped it and nobody had asked for that");
  if (exit.reason !== "completed") return errored(exit.message || `the attempt ended: ${exit.reason}`);
  return facts.mode === "list" ? decideList(facts) : decideTest(facts);
}

function decideList({ exit, list }: AttemptFacts): Decision {
  if (list !== null && list.errors.length > 0)
    return errored(`the tool could not collect the tests: ${firstFive(list.errors)}`);
  if (exit.exitCode !== 0) return errored(`listing the test cases ended with ${exitText(exit)}`);
  return list === null
    ? errored("listing the test cases brought no list, although its command ended with exit code 0")
    : { state: "passed", message: "" };
}

function decideTest(facts: AttemptFacts): Decision {
  const { exit, missing } = facts;
  const isClean = exit.exitCode === 0;
  const unheard =
    missing.length > 0 ? `${missing.length} planned cases have no result: ${firstFive(missing)}` : "";
  if (facts.redResults > 0) return { state: "failed", message: unheard };
  if (facts.uncollected.length > 0)
    return errored(`reports could not be read: ${firstFive(facts.uncollected)} (${exitText(exit)})`);
  if (facts.expectsResults && facts.results === 0)
    return errored(`no results: a report was expected and none came (${exitText(exit)})`);
  if (unheard !== "") return errored(isClean ? unheard : `${exitText(exit)}; ${unheard}`);
  if (isClean) return { state: "passed", message: "" };
  return {
    state: "failed",
    message: facts.isPreset ? `${exitText(exit)} although every case passed` : exitText(exit),
  };
}

function exitText(exit: Exit): string {
  return exit.signal === null ? `exit code ${exit.exitCode ?? "unknown"}` : `signal ${exit.signal}`;
}

function firstFive(names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return (
    names
      .slice(0, 5)
      .map((name) => name.slice(0, 200))
      .join(", ") + more
  );
}

function errored(message: string): Decision {
  return { state: "errored", message };
}
