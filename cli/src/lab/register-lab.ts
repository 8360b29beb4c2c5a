import { labCut, labKill, labMend, labStart, labStop } from "@seatrial/lab/lab-component.ts";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { labInventory } from "@seatrial/lab/lab-inventory.ts";
import { labKubeconfig } from "@seatrial/lab/lab-kubeconfig.ts";
import { labLoadAny } from "@seatrial/lab/lab-load.ts";
import { labStatus } from "@seatrial/lab/lab-status.ts";
import { labUp } from "@seatrial/lab/lab-up.ts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { formatLabStatus } from "./format-lab-status.ts";

type UpFlags = { clusters: number; driver?: "kind" | "native"; context?: string[]; image?: string[] };

/** Progress goes to stderr, so that stdout stays what a script wants to read. */
const report = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Adds `seatrial lab …`: real clusters on this machine. Errors are thrown (`LabError`) for the caller to show. */
export function registerLab(program: Command): void {
  const lab = program.command("lab").description("real Kubernetes clusters on this machine");
  registerUp(lab);
  registerStatus(lab);
  registerComponents(lab);
  registerImages(lab);
  lab
    .command("down")
    .description("remove everything that the lab made")
    .action(async () => {
      await labDown();
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
    .action(async (flags: UpFlags) => {
      const { clusters, driver, context, image } = flags;
      await labUp({
        clusters,
        report,
        ...(driver ? { driver } : {}),
        ...(context ? { contexts: context } : {}),
        ...(image ? { images: image } : {}),
      });
      print(formatLabStatus(await labStatus()));
    });
}

function registerStatus(lab: Command): void {
  const output = (): Option => new Option("-o, --output <format>").choices(["text", "json"]).default("text");
  lab
    .command("status")
    .description("what is up")
    .addOption(output())
    .action(async (flags: { output: "text" | "json" }) => {
      const status = await labStatus();
      print(flags.output === "json" ? JSON.stringify(status ?? null, undefined, 2) : formatLabStatus(status));
    });
  lab
    .command("kubeconfig")
    .description("path of a cluster's kubeconfig")
    .argument("[cluster]", "its name", "east")
    .action(async (cluster: string) => print((await labKubeconfig(cluster)).path));
  lab
    .command("inventory")
    .description("everything on this machine that the lab can touch, as JSON")
    .action(async () => print(JSON.stringify(await labInventory(), undefined, 2)));
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

function registerImages(lab: Command): void {
  lab
    .command("load")
    .description("load an image into the registry and every cluster")
    .argument("<image>", "an archive (docker save, OCI), a folder, or busybox, node, python, vitest")
    .action(async (image: string) => {
      const { reference, pinnedReference } = await labLoadAny(image, { report });
      print(`${reference}\n${pinnedReference}`);
    });
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError("It must be a whole number above 0.");
}
