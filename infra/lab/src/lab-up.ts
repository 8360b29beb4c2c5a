import { type LabConfig, readLabConfig } from "./base/config.ts";
import { LabError } from "./base/lab-error.ts";
import type { Report } from "./base/report.ts";
import { bringUpNative, prepareNative } from "./native/bring-up-native.ts";
import { clusterNames } from "./state/cluster-plan.ts";
import { withLabLock } from "./state/lab-lock.ts";
import type { Driver, LabState } from "./state/lab-state.ts";

export type LabUpOptions = {
  /** How many clusters, 1 to 4. Clusters that are up already stay, also beyond this number. */
  readonly clusters?: number;
  /** Default: kind when Docker answers, else native. */
  readonly driver?: Driver;
  readonly report?: Report;
  readonly config?: LabConfig;
};

/**
 * Brings real clusters up and returns when all are ready. Repeating it changes nothing that is up; after a killed
 * `up` it finishes the work. Throws `LabError`.
 */
export async function labUp(options: LabUpOptions): Promise<LabState> {
  const config = options.config ?? readLabConfig();
  const report = options.report ?? (() => undefined);
  const names = clusterNames.slice(0, parseClusterCount(options.clusters ?? 1));
  await prepareNative(config, report);
  return withLabLock(() => bringUpNative(config, names, report));
}

function parseClusterCount(count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= clusterNames.length) return count;
  throw new LabError("usage", `The lab brings up 1 to ${clusterNames.length} clusters, not ${count}.`);
}
