import { labCut, labKill, labMend, labStart, labStop } from "@seatrial/lab/lab-component.ts";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { labInventory } from "@seatrial/lab/lab-inventory.ts";
import { labKubeconfig } from "@seatrial/lab/lab-kubeconfig.ts";
import { labStatus } from "@seatrial/lab/lab-status.ts";
import { labUp } from "@seatrial/lab/lab-up.ts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { openCli } from "../open-cli.ts";
import { formatLabStatus } from "./format-lab-status.ts";
import { registerLabLoad } from "./register-lab-load.ts";

type UpFlags = { clusters: number; driver?: "kind" | "native"; context?: string[]; image?: string[] };

/** Progress goes to stderr, so that stdout stays what a script wants to read. */
const report = (line: string): void => void process.stderr.write(`${line}\n`);

/** Says what is up: lines for people, or the status as JSON (null when no lab is up). */
async function sayStatus(command: Command): Promise<void> {
  const { output } = openCli(command);
  const status = await labStatus();
  output.json(status ?? null);
  output.print(formatLabStatus(status));
}

/** Adds `seatrial lab …`: real clusters on this machine. Errors are thrown (`LabError`) for the caller to show. */
export function registerLab(program: Command): void {
  const lab = program.command("lab").description("real Kubernetes clusters on this machine");
  registerUp(lab);
  registerStatus(lab);
  registerComponents(lab);
  registerLabLoad(lab);
  lab
    .command("down")
    .description("remove everything that the lab made")
    .action(async (_flags: unknown, command: Command) => {
      await labDown();
      openCli(command).output.json(null);
      report("The lab is down.");
    });
}

function registerUp(lab: Command): void {
  lab
    .command("up")
    .description("bring clusters up; repeat it after an interruption")
    .option("--clusters <count>", "how many, 1 to 4", parseCount, 1)
    .addOption(
      new Option("--driver <driver>", "default: kind when Docker answers").choices(["kind", "native"]),
    )
    .option("--context <name...>", "use these contexts of your kubeconfig instead")
    .option("--image <name...>", "build and load: busybox, node, python, vitest")
    .action(async (flags: UpFlags, command: Command) => {
      const { clusters, driver, context, image } = flags;
      await labUp({
        clusters,
        report,
        ...(driver ? { driver } : {}),
        ...(context ? { contexts: context } : {}),
        ...(image ? { images: image } : {}),
      });
      await sayStatus(command);
    });
}

function registerStatus(lab: Command): void {
  lab
    .command("status")
    .description("what is up")
    .action(async (_flags: unknown, command: Command) => sayStatus(command));
  lab
    .command("kubeconfig")
    .description("path of a cluster's kubeconfig")
    .argument("[cluster]", "its name", "east")
    .action(async (cluster: string, _flags: unknown, command: Command) => {
      const { output } = openCli(command);
      const kubeconfig = await labKubeconfig(cluster);
      output.json(kubeconfig);
      output.print(kubeconfig.path);
    });
  lab
    .command("inventory")
    .description("everything on this machine that the lab can touch, as JSON")
    .action(async () => {
      process.stdout.write(`${JSON.stringify(await labInventory(), undefined, 2)}\n`);
    });
}

function registerComponents(lab: Command): void {
  const verbs = [
    ["stop", "ask a component to end", labStop],
    ["start", "start a component that was stopped or killed", labStart],
    ["kill", "kill a component (SIGKILL)", labKill],
  ] as const;
  for (const [verb, description, act] of verbs) {
    lab.command(verb).description(description).argument("<cluster>").argument("<component>").action(act);
  }
  lab
    .command("cut")
    .description("cut a cluster's link for a time; it comes back by itself")
    .argument("<cluster>")
    .requiredOption("--seconds <seconds>", "how long", parseCount)
    .action(async (cluster: string, flags: { seconds: number }) => labCut(cluster, flags.seconds));
  lab.command("mend").description("end a cut before its time").argument("<cluster>").action(labMend);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError("It must be a whole number above 0.");
}
