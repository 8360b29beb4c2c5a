import { readFileSync } from "node:fs";
import { readHubConfig } from "./config.ts";
import { startHub } from "./start.ts";

const hub = await startHub(readHubConfig((path) => readFileSync(path, "utf8")));
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void hub.stop().then(() => process.exit(0)));
