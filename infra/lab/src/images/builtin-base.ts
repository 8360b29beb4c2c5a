import { runCommand } from "../base/run-command.ts";
import { baseEntries, copyFile, folder, link } from "./entries.ts";
import type { ImageEntry, ImageSpec } from "./image-spec.ts";
import { collectLibraries, locateProgram } from "./library-closure.ts";

/** The lowest layer of every image that runs Node: this very Node with its libraries, and no shell. */
export async function nodeLayer(): Promise<ImageEntry[]> {
  const program = process.execPath;
  return [
    ...baseEntries(),
    ...(await collectLibraries([program])),
    copyFile(program, "/usr/local/bin/node", 0o755),
  ];
}

/** Busybox with a link for each of its applets. */
export async function busyboxLayer(): Promise<ImageEntry[]> {
  const program = await locateProgram("busybox");
  const applets = (await runCommand(program, ["--list"])).split("\n").filter((name) => name !== "");
  const links = applets.filter((name) => name !== "busybox").map((name) => link(`/bin/${name}`, "busybox"));
  // Debian's `busybox` package has a dynamic one; with busybox-static the closure is empty.
  const libraries = await collectLibraries([program]);
  // Scripts start with `#!/usr/bin/env`.
  links.push(link("/usr/bin/env", "/bin/busybox"));
  return [folder("/bin"), ...libraries, copyFile(program, "/bin/busybox", 0o755), ...links];
}

/**
 * The process that keeps a pod's name spaces. It ends on SIGTERM, and its `wait` reaps orphans where containers
 * share their process name space.
 */
export async function pauseImage(): Promise<ImageSpec> {
  const program = await locateProgram("busybox");
  const script = "trap 'exit 0' TERM INT; while :; do sleep 1000000 & wait; done";
  return {
    name: "seatrial/pause",
    tag: "1",
    layers: [
      [
        ...baseEntries(),
        ...(await collectLibraries([program])),
        copyFile(program, "/bin/busybox", 0o755),
        link("/bin/sleep", "busybox"),
      ],
    ],
    config: { entrypoint: ["/bin/busybox", "sh", "-c", script], workingFolder: "/" },
  };
}

export async function busyboxImage(): Promise<ImageSpec> {
  return {
    name: "seatrial/busybox",
    tag: "lab",
    layers: [[...baseEntries(), ...(await busyboxLayer())]],
    config: { command: ["/bin/sh"] },
  };
}

export async function nodeImage(): Promise<ImageSpec> {
  return {
    name: "seatrial/node",
    tag: "lab",
    layers: [await nodeLayer(), await busyboxLayer()],
    config: { command: ["node"] },
  };
}
