import { rm } from "node:fs/promises";
import { type LabConfig, readLabConfig } from "./base/config.ts";
import { takeDownKind } from "./kind/kind-driver.ts";
import { takeDownNative } from "./native/take-down-native.ts";
import { withLabLock } from "./state/lab-lock.ts";
import { readLabState } from "./state/lab-state.ts";

/**
 * Removes everything that the lab made. Works after a killed `up` too; nothing happens when there is no lab.
 * Clusters of the user's own contexts are only forgotten.
 */
export async function labDown(options: { readonly config?: LabConfig } = {}): Promise<void> {
  const config = options.config ?? readLabConfig();
  await withLabLock(async () => {
    const driver = (await readLabState(config.rootFolder))?.driver;
    if (driver === "kind") return takeDownKind(config);
    // Without a state file too: a native `up` that was killed early wrote none.
    if (driver !== "context" && config.isRoot && config.platform === "linux") {
      return takeDownNative(config.rootFolder);
    }
    await rm(config.rootFolder, { recursive: true, force: true });
  });
}
