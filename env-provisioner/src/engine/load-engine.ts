import "./without-installer.ts";
import { loadLanguageServer } from "./load-language-server.ts";
import { loadAllClasses } from "./resource-classes.ts";

/** Loads all that an operation may need of the engine's library, before there is one: it takes most of a second. */
export async function loadEngine(): Promise<void> {
  await Promise.all([import("./run-engine.ts"), loadLanguageServer(async () => undefined), loadAllClasses()]);
}
