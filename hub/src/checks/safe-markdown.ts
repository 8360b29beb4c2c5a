/** Colours, cursor moves, window titles (ECMA-48 control sequences), which test tools print. */
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /\u001B(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001B\n]*(?:\u0007|\u001B\\)?|[ -/]*[0-~])/g;

/** Controls, marks that turn the reading direction or cannot be seen, halves of characters, and what has no meaning. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu;

/** Untrusted text on one line of at most `characters`, as it is read: nothing invisible is left in it. */
export function oneLine(text: string, characters: number): string {
  const line = text
    .slice(0, characters * 8)
    .replace(sequences, "")
    .replace(/[\s\p{Zl}\p{Zp}]+/gu, " ")
    .replace(unseen, "")
    .trim();
  const all = [...line];
  return all.length <= characters ? line : `${all.slice(0, characters - 1).join("")}…`;
}

/**
 * Untrusted text as a code span. There, GitHub makes no mentions, references, links, images or HTML of it, and a line
 * break cannot end the paragraph, as there is none. Without backticks in it, nothing closes the span early.
 * https://spec.commonmark.org/0.31.2/#code-spans
 */
export function code(text: string, characters = 200): string {
  const line = oneLine(text.replaceAll("`", "'"), characters);
  return line === "" ? "(nothing)" : `\`${line}\``;
}

/** Untrusted text where no Markdown is read, such as a check's title: nobody is mentioned by it all the same. */
export function plain(text: string, characters: number): string {
  return oneLine(text.replaceAll("@", "＠").replaceAll("<", "‹").replaceAll(">", "›"), characters);
}

/** An address as a link that shows itself; what is no plain `http(s)://host:port` is only shown. */
export function link(url: string): string {
  return isAddress(url) ? `<${url}>` : code(url);
}

/** True for `http(s)://host:port`, which is all that an environment's endpoint may be. */
export function isAddress(url: string): boolean {
  return /^https?:\/\/[a-zA-Z0-9.:[\]-]{1,300}\/?$/.test(url) && URL.canParse(url);
}

/** `2030-01-01 04:00 UTC`. */
export function moment(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

export function shortSha(sha: string): string {
  return `\`${sha.slice(0, 7)}\``;
}
