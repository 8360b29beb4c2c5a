/**
 * A file as a report names it, as a path from the top of the repository: reports name files from there or from their
 * suite's `folder`. Null when it is somewhere else, such as in an installed library, or no path at all. Untrusted text.
 */
export function repositoryPath(file: string, folder = ""): string | null {
  if (
    file.length > 1_000 ||
    file.startsWith("/") ||
    /[\\\p{Cc}\p{Cf}\p{Cs}\p{Cn}]|^[A-Za-z]:|:\/\//u.test(file)
  )
    return null;
  const parts = partsOf(file);
  if (parts.length === 0 || parts.includes("..")) return null;
  const path = parts.join("/");
  const top = partsOf(folder).join("/");
  return top === "" || path.startsWith(`${top}/`) ? path : `${top}/${path}`;
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}
