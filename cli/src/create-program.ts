import { Command, Option } from "commander";
import { registerArtifacts } from "./artifacts/register-artifacts.ts";
import { registerCluster } from "./clusters/register-cluster.ts";
import { registerDev } from "./dev/register-dev.ts";
import { registerDoctor } from "./doctor/doctor.ts";
import { registerEnv } from "./environments/register-env.ts";
import { registerInit } from "./init/register-init.ts";
import { registerLogin } from "./login/login.ts";
import { registerLogs } from "./logs/show-logs.ts";
import { registerProject } from "./projects/register-project.ts";
import { registerApprove } from "./pull-requests/register-approve.ts";
import { registerPullRequest } from "./pull-requests/register-pull-request.ts";
import { registerRepository } from "./repositories/register-repository.ts";
import { registerResults } from "./results/list-results.ts";
import { registerRuns } from "./runs/register-runs.ts";
import { registerRun } from "./runs/start-run.ts";
import { registerSchedules } from "./schedules/register-schedules.ts";
import { registerToken } from "./tokens/register-token.ts";
import { registerValidate } from "./validate/validate.ts";
import { version } from "./version.ts";

const exitCodesHelp = `
Exit codes: 0 passed, 1 red tests, 2 cancelled, 3 could not tell, 4 no access, 64 wrong usage.`;

/** Commands whose code is large are loaded when they are named; the others only show that they exist. */
const largeCommands = [
  {
    name: "lab",
    description: "real Kubernetes clusters on this machine",
    load: async () => (await import("./lab/register-lab.ts")).registerLab,
  },
  {
    name: "template",
    description: "see offline what an environment of seatrial.yaml would be",
    load: async () => (await import("./template/register-template.ts")).registerTemplate,
  },
  {
    name: "tools",
    description: "list the tools Seatrial uses: version, where each comes from, path",
    load: async () => (await import("./tools/register-tools.ts")).registerTools,
  },
];

/**
 * The command line for these words. Every command takes `-o json`: one JSON value on stdout and nothing else (`logs`
 * and `dev`, which go on, print one per line).
 */
export async function createProgram(words: readonly string[]): Promise<Command> {
  const program = new Command("seatrial")
    .description("Tests changes on real Kubernetes clusters.")
    .version(version)
    .addOption(
      new Option("-o, --output <format>", "how to print: for people, or for programs").choices([
        "text",
        "table",
        "json",
      ]),
    )
    .addHelpText("after", exitCodesHelp)
    .showSuggestionAfterError()
    .showHelpAfterError("see: seatrial --help")
    .exitOverride();
  registerRun(program);
  registerRuns(program);
  registerEnv(program);
  registerPullRequest(program);
  registerApprove(program);
  registerSchedules(program);
  registerLogs(program);
  registerResults(program);
  registerArtifacts(program);
  registerInit(program);
  registerValidate(program);
  registerLogin(program);
  registerProject(program);
  registerToken(program);
  registerRepository(program);
  registerCluster(program);
  registerDev(program);
  registerDoctor(program);
  for (const { name, description, load } of largeCommands)
    if (words.includes(name)) (await load())(program);
    else program.command(name).description(description);
  return program;
}
