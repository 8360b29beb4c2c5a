import { homedir } from "node:os";
import { join } from "node:path";

export type LabConfig = {
  /** Holds everything that the lab writes but the image cache. Short: sockets below it may have 107 characters. */
  readonly rootFolder: string;
  /** Images made from this machine's programs; outlives `lab down`. */
  readonly imageCacheFolder: string;
  readonly isRoot: boolean;
  readonly platform: NodeJS.Platform;
  /** What child programs are started with. */
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** One lab per machine: the folder is fixed. Without root only the kind driver and named contexts can run. */
export function readLabConfig(environment: NodeJS.ProcessEnv = process.env): LabConfig {
  const home = environment.HOME ?? homedir();
  const isRoot = process.getuid?.() === 0;
  return {
    rootFolder: isRoot ? "/var/lib/seatrial-lab" : join(home, ".local", "state", "seatrial-lab"),
    imageCacheFolder: join(environment.XDG_CACHE_HOME || join(home, ".cache"), "seatrial", "images"),
    isRoot,
    platform: process.platform,
    environment,
  };
}
