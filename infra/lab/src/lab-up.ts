import { type LabConfig, readLabConfig } from "./base/config.ts";
import { LabError } from "./base/lab-error.ts";
import type { Report } from "./base/report.ts";
import { useContexts } from "./contexts/use-contexts.ts";
import { bringUpKind, dockerAnswers } from "./kind/kind-driver.ts";
import { labLoadBuiltin } from "./lab-load.ts";
import { bringUpNative, prepareNative } from "./native/bring-up-native.ts";
import { clusterNames } from "./state/cluster-plan.ts";
import { withLabLock } from "./state/lab-lock.ts";
import { type Driver, type LabState, readLabState } from "./state/lab-state.ts";

export type LabUpOptions = {
  /** How many clusters, 1 to 4 (default 1). Clusters that are up already stay, also beyond this number. */
  readonly clusters?: number;
  /** Default: the driver of the lab that is up, else kind when Docker answers, else native. */
  readonly driver?: Driver;
  /** Contexts of the user's kubeconfig to use instead of making clusters. */
  readonly contexts?: readonly string[];
  /** The lab's own images to build and load when the clusters are ready (see `builtinImageNames`). */
  readonly images?: readonly string[];
  readonly report?: Report;
  readonly config?: LabConfig;
};

/**
 * Brings real clusters up and returns when all are ready. Repeating it changes nothing that is up; after a killed
 * `up` it finishes the work. Throws `LabError`.
 */
export async function labUp(options: LabUpOptions = {}): Promise<LabState> {
  const config = options.config ?? readLabConfig();
  const report = options.report ?? (() => undefined);
  const driver = await chooseDriver(config, options);
  const state = await bringUp(config, driver, options, report);
  for (const name of options.images ?? []) await labLoadBuiltin(name, { report, config });
  return state;
}

async function bringUp(
  config: LabConfig,
  driver: Driver,
  options: LabUpOptions,
  report: Report,
): Promise<LabState> {
  const names = clusterNames.slice(0, parseClusterCount(options.clusters ?? 1));
  switch (driver) {
    case "native":
      await prepareNative(config, report);
      return withLabLock(() => bringUpNative(config, names, report), report);
    case "kind":
      return withLabLock(() => bringUpKind(config, names, report), report);
    case "context":
      return withLabLock(() => useContexts(config, options.contexts ?? []), report);
  }
}

async function chooseDriver(config: LabConfig, options: LabUpOptions): Promise<Driver> {
  const wanted = options.contexts ? "context" : options.driver;
  if (wanted === "context" && !options.contexts?.length) {
    throw new LabError("usage", "The driver `context` needs the name of at least one kubeconfig context.");
  }
  const current = (await readLabState(config.rootFolder))?.driver;
  if (current === undefined) return wanted ?? ((await dockerAnswers(config)) ? "kind" : "native");
  if (wanted === undefined || wanted === current) return current;
  throw new LabError(
    "refused_by_driver",
    `A lab of the ${current} driver is up. Take it down first (\`seatrial lab down\`), then bring up ${wanted}.`,
  );
}

function parseClusterCount(count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= clusterNames.length) return count;
  throw new LabError("usage", `The lab brings up 1 to ${clusterNames.length} clusters, not ${count}.`);
}
