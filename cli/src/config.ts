import { homedir } from "node:os";
import { join } from "node:path";

/** The environment variables of the command line; they win over what `seatrial login` stored. */
export type CliConfig = {
  hubUrl: string | null;
  token: string | null;
  /** File with the CA that signed the hub's certificate, in PEM. */
  caFile: string | null;
  project: string | null;
  /** Where `seatrial login` stores. */
  loginFile: string;
  noColor: boolean;
};

/** Reads the environment. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): CliConfig {
  const configFolder = environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), ".config");
  return {
    hubUrl: environment.SEATRIAL_HUB || null,
    token: environment.SEATRIAL_TOKEN || null,
    caFile: environment.SEATRIAL_CA || null,
    project: environment.SEATRIAL_PROJECT || null,
    loginFile: join(configFolder, "seatrial", "config.json"),
    noColor: (environment.NO_COLOR ?? "") !== "",
  };
}
