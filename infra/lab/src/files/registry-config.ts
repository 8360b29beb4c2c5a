import { stringify } from "yaml";
import { registryAddress } from "../state/cluster-plan.ts";

/** Configuration of the lab's image registry: plain HTTP, on the bridge only. */
export function writeRegistryConfig(storageFolder: string): string {
  return stringify({
    version: 0.1,
    log: { level: "warn", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storageFolder }, delete: { enabled: true } },
    http: { addr: registryAddress },
  });
}
