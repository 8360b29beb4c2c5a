import { describeSuite } from "@seatrial/cli/runs/describe-suite.ts";
import type { Output } from "@seatrial/cli/terminal/output.ts";
import { formatTable } from "@seatrial/cli/terminal/table.ts";
import type { Run, Shard } from "@seatrial/contracts/runs/run.ts";

/** The tools of the example's suites; the API of a run names suites alone. */
const tools: Readonly<Record<string, string>> = { api: "pytest", web: "node" };

/** `✓ api  pytest  34/34  east 1 · west 1`. */
export function suiteLines(run: Run, shards: readonly Shard[], output: Output): string[] {
  return formatTable(
    run.suites.map((suite) => {
      const [name = "", ...rest] = describeSuite(suite, shards, output);
      return [name, tools[suite.name] ?? "", ...rest];
    }),
  );
}
