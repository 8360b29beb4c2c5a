import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { readPages } from "@seatrial/contracts/client/read-pages.ts";
import type { Artifact } from "@seatrial/contracts/runs/artifact.ts";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { openCli } from "../open-cli.ts";
import { findRunId } from "../runs/find-run-id.ts";
import { safeLine } from "../terminal/safe-text.ts";

/** Adds `seatrial artifacts get`. */
export function registerGetArtifact(artifacts: Command): void {
  artifacts
    .command("get")
    .description("download one")
    .argument("<run>", "its id, the start of it, or last")
    .argument("<artifact>", "its id, or its path when only one has it")
    .option("--to <file>", "where to write it; its own name in this folder without")
    .option("--project <name>", "the project it belongs to")
    .action(async (given: string, wanted: string, options: { to?: string }, command: Command) => {
      const { output, connectProject } = openCli(command);
      const { project } = await connectProject();
      const runId = await findRunId(project, given);
      const items = await Array.fromAsync(readPages((page) => project.listArtifacts(runId, page)));
      const artifact = chooseArtifact(items, wanted);
      const file = resolve(options.to ?? localName(artifact.path));
      await save(
        await project.downloadArtifact(runId, artifact.id),
        artifact,
        file,
        options.to !== undefined,
      );
      output.json({ artifact, file });
      output.print(`${output.paint("green", "✓")} ${file}  ${artifact.bytes} bytes`);
    });
}

function chooseArtifact(items: readonly Artifact[], wanted: string): Artifact {
  const matching = items.filter((one) => one.id === wanted || one.path === wanted);
  const [only] = matching;
  if (only && matching.length === 1) return only;
  throw new CliError(`${only ? `${matching.length} artifacts are` : "no artifact is"} called ${wanted}`, {
    fix: "the ids are in: seatrial artifacts list <run>",
    exitCode: exitCodes.usage,
  });
}

/** An artifact's path is untrusted: only its last part names the file, and nothing hidden or odd. */
function localName(path: string): string {
  const name = basename(path.replaceAll("\\", "/"))
    .replace(/[^\w.\- ]/g, "_")
    .replace(/^\.+/, "");
  return name === "" ? "artifact" : name.slice(0, 200);
}

async function save(
  body: ReadableStream<Uint8Array>,
  artifact: Artifact,
  file: string,
  mayReplace: boolean,
): Promise<void> {
  const hash = createHash("sha256");
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const part = mayReplace ? `${file}.part` : file;
  try {
    await pipeline(
      Readable.fromWeb(body),
      measure,
      createWriteStream(part, { flags: mayReplace ? "w" : "wx" }),
    );
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST")
      throw new CliError(`${file} is there already`, {
        fix: "say where to write it: --to <file>",
        exitCode: exitCodes.usage,
      });
    throw error;
  }
  if (hash.digest("hex") !== artifact.sha256) {
    await rm(part, { force: true });
    throw new CliError(`${safeLine(artifact.path)} arrived damaged`, { fix: "get it again" });
  }
  if (part !== file) await rename(part, file);
}
