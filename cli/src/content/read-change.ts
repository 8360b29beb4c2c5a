import type { changeSchema } from "@seatrial/contracts/runs/change.ts";
import type { z } from "zod";
import { runGit } from "./run-git.ts";

export type Change = z.infer<typeof changeSchema>;

/** The commit a folder is at, and whether its files differ from it. Null outside git or before the first commit. */
export async function readChange(folder: string): Promise<Change | null> {
  const head = await runGit(folder, ["log", "-1", "--format=%H%n%s"]);
  if (head === null) return null;
  const [sha = "", title = ""] = head.split("\n");
  const branch = await runGit(folder, ["symbolic-ref", "--quiet", "--short", "HEAD"]);
  const status = await runGit(folder, ["status", "--porcelain", "--untracked-files=normal", "--", "."]);
  return {
    sha,
    branch: branch?.trim().slice(0, 250) || null,
    title: title.slice(0, 500) || null,
    dirty: (status ?? "").trim() !== "",
  };
}
