import { execFile } from "node:child_process";

/** What git says on stdout, or null when there is no git, no repository, or it fails. */
export function runGit(folder: string, words: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { cwd: folder, maxBuffer: 256 * 1_048_576, encoding: "utf8" as const };
    execFile("git", ["--no-optional-locks", ...words], options, (error, stdout) =>
      resolve(error ? null : stdout),
    );
  });
}
