import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { findTools } from "@seatrial/toolchain/find-tool.ts";
import { LabError } from "../base/lab-error.ts";
import { nodeLayer } from "./builtin-base.ts";
import { copyFile, copyFolder, folder, link } from "./entries.ts";
import type { ImageEntry, ImageSpec } from "./image-spec.ts";
import { findPackage, packageEntries, readDependencies, repositoryFolder } from "./package-closure.ts";

const rooms = ["env-provisioner", "contracts", "hub-link", "kube-link"] as const;
const programs = ["pulumi", "helm", "kubectl"] as const;

/**
 * The provisioner: Node, its sources (Node runs TypeScript as it is), the packages that it depends on and the
 * programs that it calls. Not bundled: Pulumi's SDK loads protocol files and parts of itself by path.
 */
export async function provisionerImage(): Promise<ImageSpec> {
  const tools = await findTools(programs);
  const commands = programs.map((name) => copyFile(tools[name].path, `/usr/local/bin/${name}`, 0o755));
  return {
    name: "seatrial/provisioner",
    tag: "lab",
    layers: [await nodeLayer(), [folder("/usr/local/bin"), ...commands], await packages(), await sources()],
    config: {
      entrypoint: ["/usr/local/bin/node", "/app/env-provisioner/src/main.ts"],
      environment: { NODE_ENV: "production" },
      workingFolder: "/app",
    },
  };
}

/** Files of packages that nothing loads at run time. By their endings alone: a folder called `doc` may hold code. */
const isForPeople = /(\.d\.[cm]?ts|\.map|\.md|\.markdown|\.tsbuildinfo)$/;

async function packages(): Promise<ImageEntry[]> {
  const root = await realpath(repositoryFolder);
  const first = new Set<string>();
  for (const room of rooms) {
    for (const name of await readDependencies(join(root, room))) {
      const found = await findPackage(name, join(root, room, "src"));
      if (found?.includes("/node_modules/")) first.add(found);
      else if (found === undefined) {
        throw new LabError("image_invalid", `${name} is not installed; run \`npm install\` first.`);
      }
    }
  }
  const place = (path: string): string => join("/app", path.slice(root.length));
  return packageEntries([...first], place, (path) => !isForPeople.test(path));
}

async function sources(): Promise<ImageEntry[]> {
  const entries: ImageEntry[] = [];
  for (const room of rooms) {
    const from = join(repositoryFolder, room);
    const isWanted = (path: string): boolean => !/\.test\.ts$|(^|\/)(fixtures|testing)(\/|$)/.test(path);
    entries.push(...(await copyFolder(join(from, "src"), join("/app", room, "src"), isWanted)));
    entries.push(copyFile(join(from, "package.json"), join("/app", room, "package.json"), 0o644));
    entries.push(link(`/app/node_modules/@seatrial/${room}`, `../../${room}`));
  }
  return entries;
}
