import { runProgram } from "./run-program.ts";
import { ToolError } from "./tool-error.ts";
import { compareVersions } from "./version-range.ts";

const minimumGo = "1.26";
const places = ["go", "/usr/local/go/bin/go", "/usr/lib/go/bin/go"];

/**
 * The Go command that can build in this module folder. Asked there, because an older Go may fetch the newer
 * toolchain that the module names. Throws `go_missing` with how to install it.
 */
export async function findGo(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const seen: string[] = [];
  for (const place of places) {
    const run = await runProgram(place, ["version"], { folder, environment, timeoutSeconds: 300 }).catch(
      () => undefined,
    );
    if (run === undefined) continue;
    const version = /go version go(\d+\.\d+(?:\.\d+)?)/.exec(run.output)?.[1];
    if (version !== undefined && compareVersions(version, minimumGo) >= 0) return place;
    seen.push(`${place}: ${version ?? run.output.trim().slice(0, 200)}`);
  }
  const found = seen.length > 0 ? ` Found ${seen.join("; ")}.` : "";
  throw new ToolError(
    "go_missing",
    `Go ${minimumGo} or newer is needed to build this tool and is not on PATH.${found} ` +
      "Install it from https://go.dev/dl/ (unpack to /usr/local/go) and run the command again.",
  );
}
