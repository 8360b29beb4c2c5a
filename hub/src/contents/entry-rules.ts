import { posix } from "node:path";
import { SeatrialError } from "@seatrial/contracts/errors.ts";

export type ArchiveEntry = {
  readonly name: string;
  readonly type: string;
  readonly linkname: string | null;
  /** The records of an extended header (PAX), if any. */
  readonly pax?: Readonly<Record<string, string>> | null;
};

const longestName = 1_000;
/** All names together: bounds the memory of one check. */
const mostNameCharacters = 32 * 1_048_576;

/** The rules that every entry of a content must keep, and those that only all entries together show. */
export function createEntryRules(mostEntries: number) {
  const names = new Set<string>();
  const symlinks = new Set<string>();
  let entries = 0;
  let characters = 0;

  function check(entry: ArchiveEntry): void {
    entries += 1;
    characters += entry.name.length;
    if (entries > mostEntries) throw tooLarge(`has more than ${mostEntries} entries`);
    if (characters > mostNameCharacters)
      throw tooLarge(`names its entries in more than ${mostNameCharacters} characters`);
    const name = checkName(entry.name);
    if (name === "." && entry.type !== "directory") throw unsafe(name, "is the content's root and no folder");
    // Readers that know sparse files take name and size from these records instead of the ones checked here.
    if (Object.keys(entry.pax ?? {}).some((key) => key.startsWith("GNU.sparse.")))
      throw unsafe(name, "is a sparse file: pack it without --sparse");
    if (entry.type === "symlink") {
      checkSymlink(name, entry.linkname ?? "");
      symlinks.add(name);
    } else if (entry.type === "link") checkHardLink(name, entry.linkname ?? "");
    else if (!["file", "directory", "contiguous-file"].includes(entry.type))
      throw unsafe(
        name,
        `is a ${entry.type ?? "record of unknown type"}: only files, folders and links are taken`,
      );
    names.add(name);
  }

  /** An entry below a link would be written to where the link points, so none may be. */
  function checkAll(): void {
    if (symlinks.size === 0) return;
    for (const name of names) {
      const parent = ancestors(name).find((folder) => symlinks.has(folder));
      if (parent !== undefined) throw unsafe(name, `lies below the link ${quote(parent)}`);
    }
  }

  return { check, checkAll };
}

function checkName(raw: string): string {
  if (raw.length > longestName) throw unsafe(raw, `has a name of more than ${longestName} characters`);
  checkCharacters(raw, raw);
  if (raw === "" || raw.startsWith("/")) throw unsafe(raw, "has no relative name");
  if (raw.split("/").includes("..")) throw unsafe(raw, "leaves the content by '..'");
  const name = posix.normalize(raw).replace(/\/+$/, "");
  return name;
}

/** '..' may only lead, and may not lead out: behind a name that is itself a link it would count from elsewhere. */
function checkSymlink(name: string, target: string): void {
  checkCharacters(name, target);
  if (target === "" || target.startsWith("/"))
    throw unsafe(name, `links to ${quote(target)}, not a relative path`);
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  const leading = parts.findIndex((part) => part !== "..");
  const up = leading === -1 ? parts.length : leading;
  const depth = name.split("/").length - 1;
  if (up > depth || parts.slice(up).includes(".."))
    throw unsafe(name, `links to ${quote(target)}, out of the content`);
}

function checkHardLink(name: string, target: string): void {
  checkCharacters(name, target);
  if (target === "" || target.startsWith("/") || target.split("/").includes(".."))
    throw unsafe(name, `links to ${quote(target)}, out of the content`);
}

function checkCharacters(name: string, text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(text))
    throw unsafe(name, "has a control character or a backslash in its name");
}

function ancestors(name: string): string[] {
  const parts = name.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

function unsafe(name: string, problem: string): SeatrialError {
  return new SeatrialError("content_unsafe", `The entry ${quote(name)} of the content ${problem}.`);
}

function tooLarge(problem: string): SeatrialError {
  return new SeatrialError("payload_too_large", `The content ${problem}.`);
}

function quote(name: string): string {
  return JSON.stringify(name.slice(0, 200));
}
