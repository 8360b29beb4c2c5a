import type { LogChunk } from "@seatrial/contracts/runs/log.ts";
import type { Output } from "../terminal/output.ts";
import { safeLine, safeText } from "../terminal/safe-text.ts";

export type LogPrinter = {
  add: (chunk: LogChunk) => void;
  /** Prints what has no line break yet. */
  end: () => void;
};

/** A line that never ends is printed in pieces of this length. */
const longestHeld = 16_384;

/**
 * Prints chunks of several shards as whole lines, each with its shard in front (`api 2 │ `), and says where output is
 * missing. In JSON mode: one chunk per line.
 */
export function createLogPrinter(output: Output): LogPrinter {
  const held = new Map<string, { label: string; text: string }>();
  const print = (label: string, line: string) =>
    output.print(`${output.paint("dim", label)} ${safeText(line.replace(/\r$/, "").replace(/^.*\r/, ""))}`);

  function add(chunk: LogChunk): void {
    if (output.isJson) {
      output.write(`${JSON.stringify(chunk)}\n`);
      return;
    }
    const again = chunk.attemptNumber > 1 ? ` try ${chunk.attemptNumber}` : "";
    const label = `${safeLine(chunk.suite, 104)} ${chunk.shardIndex + 1}${again} │`;
    const known = held.get(chunk.attemptId) ?? { label, text: "" };
    if (chunk.gap !== null) {
      if (known.text !== "") print(label, known.text);
      known.text = "";
      print(label, `[output is missing here: ${chunk.gap}]`);
    }
    const lines = (known.text + chunk.text).split("\n");
    known.text = lines.pop() ?? "";
    for (const line of lines) print(label, line);
    if (known.text.length > longestHeld) {
      print(label, known.text);
      known.text = "";
    }
    held.set(chunk.attemptId, known);
  }

  return {
    add,
    end() {
      for (const { label, text } of held.values()) if (text !== "") print(label, text);
      held.clear();
    },
  };
}
