import { SeatrialError } from "@seatrial/contracts/errors.ts";

/** One line of a file; `ended` is false for a last line without its newline (the writer died while writing). */
export type Line = { number: number; text: string; ended: boolean };

/** Splits bytes into lines, holding at most one line of `lineBytes` in memory; longer ones are `report_invalid`. */
export async function* readLines(
  name: string,
  pieces: AsyncIterable<Uint8Array>,
  lineBytes: number,
): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  let rest = "";
  let number = 1;
  for await (const piece of pieces) {
    const parts = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const text of parts) {
      yield { number, text, ended: true };
      number += 1;
    }
    if (rest.length > lineBytes)
      throw new SeatrialError("report_invalid", `${name}, line ${number}: longer than ${lineBytes} bytes`);
  }
  rest += decoder.decode();
  if (rest !== "") yield { number, text: rest, ended: false };
}
