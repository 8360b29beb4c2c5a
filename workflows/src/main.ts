import { readConfig } from "./config.ts";
import { start } from "./start.ts";

const worker = await start(readConfig());
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void worker.stop());
