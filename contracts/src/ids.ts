/**
 * Ids: a short prefix that says what is named, a dash, 16 random characters (80 bits, RFC 4648 base32 in lower
 * case without padding). They fit DNS-1123 labels, so a pod's name can be derived from an attempt's id.
 */
export const idPrefixes = {
  project: "p",
  token: "t",
  joinToken: "j",
  cluster: "c",
  member: "m",
  content: "ct",
  run: "r",
  suite: "su",
  shard: "sh",
  attempt: "a",
  workItem: "w",
  lease: "l",
  artifact: "ar",
  upload: "u",
  audit: "au",
  environment: "e",
  operation: "op",
  schedule: "s",
  repository: "rp",
  pullRequest: "pr",
  command: "cm",
} as const;

export type IdKind = keyof typeof idPrefixes;

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** A new random id of the given kind. Never reused: 80 random bits. */
export function newId(kind: IdKind): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const text = Array.from(bytes, (byte) => alphabet.charAt(byte & 31)).join("");
  return `${idPrefixes[kind]}-${text}`;
}

/** The pattern an id of this kind has. */
export function idPattern(kind: IdKind): RegExp {
  return new RegExp(`^${idPrefixes[kind]}-[a-z2-7]{16}$`);
}
