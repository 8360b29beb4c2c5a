/** Colours, cursor moves, window titles (ECMA-48 control sequences); a string sequence ends with its line at the latest. */
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /\u001B(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001B\n]*(?:\u0007|\u001B\\)?|[ -/]*[0-~])/g;

/** C0 and C1 controls but line breaks and tabs, and marks that turn the reading direction. */
const controls =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/** Untrusted text without anything a terminal would act on; line breaks and tabs stay. */
export function safeText(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(sequences, "").replace(controls, "");
}

/** Untrusted text on one line, cut at `maxCharacters`. */
export function safeLine(text: string, maxCharacters = 200): string {
  const line = safeText(text).replace(/\s+/g, " ").trim();
  return line.length > maxCharacters ? `${line.slice(0, maxCharacters - 1)}…` : line;
}
