import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { createKubeClient } from "@seatrial/kube-link/kube-client.ts";
import { readKubeconfig } from "@seatrial/kube-link/read-kubeconfig.ts";
import { startEngine } from "./start-engine.ts";

/**
 * The network policy engine of one cluster, run inside its name spaces. It answers /healthz with 200 once its rules
 * are in the kernel. When it is asked to end it takes them away; when it is killed they stay as they are.
 */
const { values } = parseArgs({
  options: { kubeconfig: { type: "string" }, address: { type: "string" }, port: { type: "string" } },
});
const kube = createKubeClient(await readKubeconfig(values.kubeconfig ?? "", null));
const engine = startEngine(kube, (line) => process.stderr.write(`${new Date().toISOString()} ${line}\n`));
const server = createServer((_request, response) => {
  response.statusCode = engine.isReady() ? 200 : 503;
  response.end();
});
server.listen(Number(values.port), values.address);
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => void engine.stop().then(() => process.exit(0)));
}
