import { type LabConfig, readLabConfig } from "./base/config.ts";
import { requireNativeMachine } from "./native/bring-up-native.ts";
import { takeDownNative } from "./native/take-down-native.ts";
import { withLabLock } from "./state/lab-lock.ts";

/** Removes everything that the lab made. Works after a killed `up` too; nothing happens when there is no lab. */
export async function labDown(options: { readonly config?: LabConfig } = {}): Promise<void> {
  const config = options.config ?? readLabConfig();
  requireNativeMachine(config);
  await withLabLock(() => takeDownNative(config.rootFolder));
}
