import type { Command } from "commander";
import { registerChangeEnvironment } from "./change-environment.ts";
import { registerCreateEnvironment } from "./create-environment.ts";
import { registerListEnvironments } from "./list-environments.ts";
import { registerShowEnvironment } from "./show-environment.ts";
import { registerShowProof } from "./show-proof.ts";

/** Adds `seatrial env …`. */
export function registerEnv(program: Command): void {
  const env = program.command("env").description("environments: short-lived, proved ready, proved gone");
  registerCreateEnvironment(env);
  registerListEnvironments(env);
  registerShowEnvironment(env);
  registerChangeEnvironment(env);
  registerShowProof(env);
}
