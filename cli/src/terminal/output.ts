import { styleText } from "node:util";
import { formatTable } from "./table.ts";

export type Tone = "green" | "red" | "yellow" | "dim" | "bold";

/** Where a command says things. In JSON mode stdout holds one JSON value and nothing else. */
export type Output = {
  readonly isJson: boolean;
  /** True when stdout is a terminal that a person watches. */
  readonly isTerminal: boolean;
  /** A line for people on stdout; nothing in JSON mode. */
  print: (line: string) => void;
  table: (heading: readonly string[], rows: readonly (readonly string[])[]) => void;
  /** The command's result for programs; nothing in text mode. */
  json: (value: unknown) => void;
  /** A line on stderr, in both modes. */
  note: (line: string) => void;
  /** Text as it is on stdout, with no line break added. */
  write: (text: string) => void;
  paint: (tone: Tone, text: string) => string;
};

export type OutputStreams = {
  stdout: { write: (text: string) => unknown; isTTY?: boolean };
  stderr: { write: (text: string) => unknown };
};

/** What a command says, on these streams: text or JSON, coloured only on a terminal. */
export function createOutput(streams: OutputStreams, options: { isJson: boolean; noColor: boolean }): Output {
  const { isJson } = options;
  const isTerminal = streams.stdout.isTTY === true;
  const isColoured = isTerminal && !options.noColor && !isJson;
  const paint = (tone: Tone, text: string) =>
    isColoured ? styleText(tone, text, { validateStream: false }) : text;
  const print = (line: string) => {
    if (!isJson) streams.stdout.write(`${line}\n`);
  };
  return {
    isJson,
    isTerminal,
    print,
    table(heading, rows) {
      const [first = "", ...rest] = formatTable([heading, ...rows]);
      print(paint("dim", first));
      for (const line of rest) print(line);
    },
    json(value) {
      if (isJson) streams.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    note: (line) => void streams.stderr.write(`${line}\n`),
    write: (text) => void streams.stdout.write(text),
    paint,
  };
}
