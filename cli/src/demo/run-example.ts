import { join } from "node:path";
import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { uploadContent } from "../content/upload-content.ts";
import type { ExitCode } from "../exit-codes.ts";
import { chooseSuites, readConfiguration } from "../runs/read-suites.ts";
import { shortRunId } from "../runs/short-run-id.ts";
import { watchRun } from "../runs/watch-run.ts";
import type { Output } from "../terminal/output.ts";

/** What `seatrial run --watch` does in a folder, with a client that is connected already. */
export async function runExample(project: ProjectClient, folder: string, output: Output): Promise<ExitCode> {
  const suites = chooseSuites(await readConfiguration(join(folder, "seatrial.yaml")), []);
  const content = await uploadContent(project, folder);
  const run = await project.createRun({ suites, contentSha256: content.sha256 });
  const names = suites.map(({ name }) => name).join(", ");
  output.print(`${output.paint("green", "✓")} run ${shortRunId(run.id)}  ${names}  (${content.files} files)`);
  return watchRun(project, run.id, output);
}
