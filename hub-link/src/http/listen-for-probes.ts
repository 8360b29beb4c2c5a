import { createServer, type Server } from "node:http";

/** Answers probes: `/live` while the process turns, `/ready` once it has joined and looked after its pods. */
export function listenForProbes(port: number, isReady: () => boolean): Server {
  const server = createServer((request, response) => {
    const isWell = request.url === "/live" || (request.url === "/ready" && isReady());
    response
      .writeHead(isWell ? 200 : 503, { "content-type": "text/plain" })
      .end(isWell ? "ok\n" : "not ready\n");
  });
  return server.listen(port);
}
