import { type LoadedImage, labLoadAny } from "@seatrial/lab/lab-load.ts";
import type { Command } from "commander";
import { openCli } from "../open-cli.ts";
import { isOwnImageName, loadOwnImage } from "./load-own-image.ts";

/** Adds `seatrial lab load`: what a chart or a preset names must be in the lab's registry first. */
export function registerLabLoad(lab: Command): void {
  lab
    .command("load")
    .description("load images into the registry and every cluster, and say by which names pods get them")
    .argument(
      "<image...>",
      "agent, helper, provisioner (from this repository), busybox, node, python, vitest, podinfo, redis (from this " +
        "machine's programs and modules), or an archive (docker save, OCI) or folder",
    )
    .action(async (names: string[], _flags: unknown, command: Command) => {
      const { output } = openCli(command);
      const loaded: (LoadedImage & { image: string })[] = [];
      for (const image of names) {
        const { reference, pinnedReference } = await loadAny(image, output.note);
        loaded.push({ image, reference, pinnedReference });
        output.print(`${reference}\n${pinnedReference}`);
      }
      output.json({ items: loaded });
    });
}

function loadAny(image: string, report: (line: string) => void): Promise<LoadedImage> {
  return isOwnImageName(image) ? loadOwnImage(image, report) : labLoadAny(image, { report });
}
