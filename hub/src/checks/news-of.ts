import { code, plain } from "./safe-markdown.ts";

/** A cause as a line of its own, unless it was said. */
export function newsOf(cause: string | null, said: string): string[] {
  return cause === null || isSaid(cause, said) ? [] : [code(cause, 2_000)];
}

/** Titles are plain text: what is compared is made so too. */
function isSaid(cause: string, said: string): boolean {
  return plain(said, 10_000).includes(plain(cause, 5_000));
}
