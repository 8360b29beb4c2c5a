import type { Command } from "commander";
import { registerGetArtifact } from "./get-artifact.ts";
import { registerListArtifacts } from "./list-artifacts.ts";

/** Adds `seatrial artifacts …`. */
export function registerArtifacts(program: Command): void {
  const artifacts = program.command("artifacts").description("files kept from a run");
  registerListArtifacts(artifacts);
  registerGetArtifact(artifacts);
}
