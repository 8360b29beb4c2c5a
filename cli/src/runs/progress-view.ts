import { suiteIsOver } from "@seatrial/contracts/runs/lifecycle.ts";
import type { Run, Shard } from "@seatrial/contracts/runs/run.ts";
import { environmentMark } from "../environments/describe-environment.ts";
import { shortEnvironmentId } from "../environments/find-environment-id.ts";
import type { Output } from "../terminal/output.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { cutLine, formatTable } from "../terminal/table.ts";
import { describeSuite } from "./describe-suite.ts";

export type ProgressView = {
  show: (run: Run, shards: readonly Shard[]) => void;
  /** Takes the live lines away, so that what follows stands alone. */
  clear: () => void;
};

/** On a terminal, lines that are redrawn in place; elsewhere a line whenever a suite has changed; nothing in JSON mode. */
export function createProgressView(output: Output): ProgressView {
  if (output.isJson) return { show() {}, clear() {} };
  return output.isTerminal ? createLiveView(output) : createLineView(output);
}

function createLiveView(output: Output): ProgressView {
  let drawn = 0;
  const clear = () => {
    if (drawn > 0) output.write(`\u001B[${drawn}F\u001B[0J`);
    drawn = 0;
  };
  return {
    show(run, shards) {
      const width = Math.max(20, process.stdout.columns ?? 80);
      const lines = formatTable(run.suites.map((suite) => describeSuite(suite, shards, output)));
      const environment = describeRunEnvironment(run, output);
      if (environment !== null) lines.unshift(environment);
      clear();
      // A wrapped line would break the count of lines to take away.
      for (const line of lines) output.write(`${cutLine(line, width)}\n`);
      drawn = lines.length;
    },
    clear,
  };
}

function createLineView(output: Output): ProgressView {
  const said = new Map<string, string>();
  return {
    show(run, shards) {
      const environment = describeRunEnvironment(run, output);
      if (environment !== null && said.get("environment ") !== environment) output.print(environment);
      said.set("environment ", environment ?? "");
      for (const suite of run.suites) {
        const line = describeSuite(suite, shards, output)
          .filter((cell) => cell !== "")
          .join("  ");
        const isOver = suiteIsOver(suite.state);
        if (said.get(suite.name) !== line && !isOver) output.print(line);
        said.set(suite.name, line);
      }
    },
    clear() {},
  };
}

/** `· environment preview e-abc123  creating`; null for a run without one. */
function describeRunEnvironment({ environment }: Run, output: Output): string | null {
  if (environment === null) return null;
  const { name, id, state } = environment;
  return `${environmentMark(state, output)} environment ${safeLine(name, 40)} ${shortEnvironmentId(id)}  ${state}`;
}
