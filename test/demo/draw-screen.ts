export type Colour = "green" | "red" | "yellow" | null;
export type Span = {
  readonly text: string;
  readonly colour: Colour;
  readonly dim: boolean;
  readonly bold: boolean;
};

type Style = Omit<Span, "text">;
type Cell = Style & { character: string };

const plain: Style = { colour: null, dim: false, bold: false };
const colours: Record<number, Colour> = { 31: "red", 32: "green", 33: "yellow", 39: null };

/**
 * What stands on a terminal, as long as it needs to be, after this was written: text, line breaks, and the control
 * sequences that the demo uses (colours, so many lines up, away with all below).
 */
export function drawScreen(text: string): Span[][] {
  const lines: Cell[][] = [[]];
  let [row, column] = [0, 0];
  let style = plain;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what is read
  for (const [part, count, command] of text.matchAll(/\u001B\[(\d*)([A-Za-z])|[\s\S]/gu)) {
    if (command === "m") style = restyled(style, Number(count ?? 0));
    else if (command === "F") [row, column] = [Math.max(0, row - Number(count ?? 1)), 0];
    else if (command === "J") lines.splice(row, lines.length, (lines[row] ?? []).slice(0, column));
    else if (part === "\r") column = 0;
    else if (part === "\n") row += 1;
    else if (command === undefined) {
      while (lines.length <= row) lines.push([]);
      const line = lines[row] ?? [];
      while (line.length < column) line.push({ ...plain, character: " " });
      line[column] = { ...style, character: part };
      column += 1;
    }
  }
  return lines.map(joinCells);
}

function restyled(style: Style, code: number): Style {
  if (code === 0) return plain;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  return code in colours ? { ...style, colour: colours[code] ?? null } : style;
}

/** Neighbours of one style become one span. */
function joinCells(cells: readonly Cell[]): Span[] {
  const spans: Span[] = [];
  for (const { character, ...style } of cells) {
    const last = spans.at(-1);
    const isSame = last?.colour === style.colour && last.dim === style.dim && last.bold === style.bold;
    if (last !== undefined && isSame) spans[spans.length - 1] = { ...last, text: last.text + character };
    else spans.push({ ...style, text: character });
  }
  return spans;
}
