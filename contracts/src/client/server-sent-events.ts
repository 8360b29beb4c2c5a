/** One message of an event stream (WHATWG HTML, "Server-sent events"). */
export type StreamMessage = { id: string | null; event: string; data: string };

const longestMessageCharacters = 4_194_304;

/**
 * Reads a body as server-sent events. Comments are skipped, a message without data is none. Throws RangeError when
 * one message is longer than 4 MiB characters.
 */
export async function* readServerSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamMessage> {
  let rest = "";
  let lines: string[] = [];
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    rest += text;
    if (rest.length > longestMessageCharacters) throw new RangeError("an event of the stream is too long");
    // A carriage return at the end may be the first half of CRLF.
    const ends = rest.endsWith("\r") ? rest.length - 1 : rest.length;
    const parts = rest.slice(0, ends).split(/\r\n|\n|\r/);
    rest = (parts.pop() ?? "") + rest.slice(ends);
    for (const line of parts) {
      if (line !== "") lines.push(line);
      else {
        const message = readMessage(lines);
        lines = [];
        if (message) yield message;
      }
    }
  }
}

function readMessage(lines: readonly string[]): StreamMessage | null {
  const data: string[] = [];
  let id: string | null = null;
  let event = "message";
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") data.push(value);
    else if (name === "id") id = value;
    else if (name === "event") event = value;
  }
  return data.length === 0 ? null : { id, event, data: data.join("\n") };
}
