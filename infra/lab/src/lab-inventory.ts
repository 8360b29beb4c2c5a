import { type LabConfig, readLabConfig } from "./base/config.ts";
import { type LabInventory, takeInventory } from "./inventory/take-inventory.ts";

export type { LabInventory };

/** Everything on this machine that the lab can touch. Equal before `lab up` and after `lab down`. */
export async function labInventory(options: { readonly config?: LabConfig } = {}): Promise<LabInventory> {
  return takeInventory((options.config ?? readLabConfig()).rootFolder);
}
