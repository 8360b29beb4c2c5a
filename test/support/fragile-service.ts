import type { EnvironmentTemplateInput } from "@seatrial/contracts/environments/environment-template.ts";

/** Each path does what its name says; the rest answers with the number of this life. One process: what dies is the container. */
const program = `
import http.server, os, sys, uuid
life = uuid.uuid4().hex.encode()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/allocate":
            self.hoard = b"x" * (512 * 1024 * 1024)
        if self.path == "/exit":
            os._exit(3)
        print("asked", self.path, flush=True)
        self.send_response(503 if self.path == "/refused" else 200)
        self.end_headers()
        self.wfile.write(life)
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
`;

/** An environment of one small server that can be broken by asking it to: its manifest and its template. */
export function fragileService(
  image: string,
  type: "ClusterIP" | "NodePort" = "ClusterIP",
): {
  files: { "app.yaml": string };
  template: EnvironmentTemplateInput;
} {
  const labels = { app: "fragile" };
  const container = {
    name: "main",
    image,
    command: ["python3", "-c", program],
    ports: [{ containerPort: 8080 }],
    resources: { limits: { memory: "64Mi" } },
    readinessProbe: { httpGet: { path: "/ready", port: 8080 }, periodSeconds: 1 },
  };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "fragile" },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 1, containers: [container] },
      },
    },
  };
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "fragile" },
    spec: { type, selector: labels, ports: [{ port: 8080 }] },
  };
  return {
    files: { "app.yaml": [deployment, service].map((object) => JSON.stringify(object)).join("\n---\n") },
    template: {
      components: [{ name: "app", kind: "manifests", path: "app.yaml" }],
      expose: { web: { port: 8080, ready: { get: "/ready", times: 2 } } },
      timeoutSeconds: 60,
    },
  };
}
