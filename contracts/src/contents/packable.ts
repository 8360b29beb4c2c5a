/** Never content: what holds secrets of `seatrial dev` or the token of `cluster join`, or belongs to git. One part of a path. */
export function isNeverContent(name: string): boolean {
  return name === ".git" || name === ".seatrial" || /^seatrial-.*\.values\.yaml$/.test(name);
}

/** Names that the hub refuses: they are left out of a content instead. */
export function isOddName(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return /[\u0000-\u001f\u007f\\]/.test(path);
}

/** The hub's own rule: '..' may only lead, and not out; behind a name that is a link it would count from elsewhere. */
export function pointsOutside(path: string, target: string): boolean {
  if (target === "" || target.startsWith("/") || isOddName(target)) return true;
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  const leading = parts.findIndex((part) => part !== "..");
  const up = leading === -1 ? parts.length : leading;
  return up > path.split("/").length - 1 || parts.slice(up).includes("..");
}
