/** What GitHub takes of a summary, a text or a comment. https://docs.github.com/rest/checks/runs */
export const longestTextBytes = 65_535;

const note = "\n\n(cut: it is longer than the forge takes)\n";

/** The text in at most `bytes` of UTF-8, cut after a whole line and with a note when it was longer. */
export function fitBytes(text: string, bytes = longestTextBytes): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let left = bytes - Buffer.byteLength(note);
  const kept: string[] = [];
  for (const line of text.split("\n")) {
    left -= Buffer.byteLength(line) + 1;
    if (left < 0) break;
    kept.push(line);
  }
  return kept.join("\n") + note;
}
