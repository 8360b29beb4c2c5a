/** Ends a text that was cut; counts towards its limit. */
const cutMark = "… (cut)";

/**
 * Text that Postgres can store and JSON can carry: NUL and lone surrogates become U+FFFD. Postgres has no NUL in
 * `text` (https://www.postgresql.org/docs/current/datatype-character.html) and UTF-8 has no lone surrogates.
 */
export function safeText(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}

/** `safeText`, at most `characters` UTF-16 units long; what was longer ends with a mark. */
export function cutText(text: string, characters: number): string {
  const safe = safeText(text);
  if (safe.length <= characters) return safe;
  // A cut between the halves of a surrogate pair would leave half a character: drop that half.
  const kept = safe.slice(0, Math.max(0, characters - cutMark.length)).replace(/[\uD800-\uDBFF]$/, "");
  return kept + cutMark;
}

/** `cutText`, with null for nothing. */
export function cutOrNull(text: string | null | undefined, characters: number): string | null {
  return text === null || text === undefined || text === "" ? null : cutText(text, characters);
}
