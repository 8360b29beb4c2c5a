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

/** The text in at most `bytes` of UTF-8, in whole characters; what was longer ends with a mark. */
export function cutBytes(text: string, bytes: number): string {
  const all = Buffer.from(text);
  if (all.byteLength <= bytes) return text;
  const kept = all.subarray(0, bytes - Buffer.byteLength(cutMark)).toString();
  // A character that lies across the cut was read as U+FFFD.
  return kept.replace(/\uFFFD+$/, "") + cutMark;
}

/** `safeText` of every text inside a value that a schema has bounded. */
export function safeTexts<Value>(value: Value): Value {
  const clean = (inner: unknown): unknown => {
    if (typeof inner === "string") return safeText(inner);
    if (Array.isArray(inner)) return inner.map(clean);
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, field]) => [key, clean(field)]));
  };
  return clean(value) as Value;
}

/** `cutText`, with null for nothing. */
export function cutOrNull(text: string | null | undefined, characters: number): string | null {
  return text === null || text === undefined || text === "" ? null : cutText(text, characters);
}
