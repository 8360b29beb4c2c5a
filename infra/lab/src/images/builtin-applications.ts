import { join } from "node:path";
import { findModuleFolder } from "@seatrial/toolchain/find-module-folder.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import { LabError } from "../base/lab-error.ts";
import { busyboxLayer } from "./builtin-base.ts";
import { baseEntries, copyFile, copyFolder, folder, link, textFile } from "./entries.ts";
import type { ImageSpec } from "./image-spec.ts";
import { collectLibraries, locateProgram } from "./library-closure.ts";

const podinfoModule = "github.com/stefanprodan/podinfo";
/** 6.9.2 as the Go proxy names it; the same as in infra/toolchain/podinfo/go.mod. */
const podinfoVersion = "v1.8.1-0.20250910200901-e86405a8674e";

/** podinfo as its own Dockerfile lays it out: in /home/app with its pages, and podcli on PATH for its probes. */
export async function podinfoImage(): Promise<ImageSpec> {
  const podinfo = await findTool("podinfo");
  const podcli = await findTool("podcli");
  const sources = await findModuleFolder(podinfoModule, podinfoVersion);
  return {
    name: "seatrial/podinfo",
    tag: "lab",
    layers: [
      [...baseEntries(), ...(await busyboxLayer())],
      [
        folder("/home/app"),
        ...(await copyFolder(join(sources, "ui"), "/home/app/ui")),
        copyFile(podinfo.path, "/home/app/podinfo", 0o755),
        copyFile(podcli.path, "/usr/local/bin/podcli", 0o755),
      ],
    ],
    config: { command: ["./podinfo"], workingFolder: "/home/app" },
  };
}

/** Like the public image, which charts are written for: it answers other pods without a password. */
const serverScript = '#!/bin/sh\nexec /usr/local/lib/redis/redis-server "$@" --protected-mode no\n';

/**
 * Redis with `redis-server` and `redis-cli` on PATH. Debian's package redis-tools has the server too: its
 * redis-check-rdb is the same program and goes by the name that it is called with, so no service gets installed.
 */
export async function redisImage(): Promise<ImageSpec> {
  const [server, client] = await Promise.all(["redis-check-rdb", "redis-cli"].map(locate));
  const programs = [server, client].filter((path) => path !== undefined);
  return {
    name: "seatrial/redis",
    tag: "lab",
    layers: [
      [...baseEntries(), ...(await busyboxLayer())],
      [
        ...(await collectLibraries(programs)),
        folder("/usr/local/lib/redis"),
        ...(server ? [copyFile(server, "/usr/local/lib/redis/redis-server", 0o755)] : []),
        textFile("/usr/local/bin/redis-server", serverScript, 0o755),
        ...(client ? [copyFile(client, "/usr/local/bin/redis-cli", 0o755)] : []),
        link("/usr/bin/redis-server", "/usr/local/bin/redis-server"),
        folder("/data", 0o1777),
      ],
    ],
    config: { command: ["redis-server"], workingFolder: "/data" },
  };
}

async function locate(program: string): Promise<string> {
  return locateProgram(program).catch(() => {
    const message = `The image redis needs ${program} of this machine: \`apt-get install redis-tools\`.`;
    throw new LabError("package_missing", message);
  });
}
