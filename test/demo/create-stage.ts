import type { Output } from "@seatrial/cli/terminal/output.ts";
import { cutLine } from "@seatrial/cli/terminal/table.ts";

/** Where the story is told: lines that stay, and below them lines that are redrawn while something is on its way. */
export type Stage = {
  readonly output: Output;
  readonly say: (line: string) => void;
  /** Takes the place of the lines that were live before. Nothing where nobody watches a terminal. */
  readonly live: (lines: readonly string[]) => void;
};

export function createStage(output: Output, columns: () => number): Stage {
  let drawn = 0;
  const clear = () => {
    if (drawn > 0) output.write(`\u001B[${drawn}F\u001B[0J`);
    drawn = 0;
  };
  return {
    output,
    say(line) {
      clear();
      output.print(line);
    },
    live(lines) {
      if (!output.isTerminal) return;
      clear();
      // A wrapped line would break the count of lines to take away.
      for (const line of lines) output.write(`${cutLine(line, Math.max(20, columns()))}\n`);
      drawn = lines.length;
    },
  };
}
