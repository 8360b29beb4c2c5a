import { isImageName, isOpenType, isPort } from "./find-charts.ts";
import type { FoundEnvironment, FoundPort } from "./found.ts";
import { listAt, valueAt } from "./read-yaml-files.ts";

/** What objects of Kubernetes say about ports, readiness and images. */
export type ManifestFacts = { ports: FoundPort[]; ready: FoundEnvironment["ready"]; images: string[] };

export function factsOf(documents: readonly Record<string, unknown>[], from: string): ManifestFacts {
  const facts: ManifestFacts = { ports: [], ready: null, images: [] };
  for (const document of documents) {
    const isOpen = isOpenType(valueAt(document, ["spec", "type"]));
    if (document.kind === "Service")
      for (const one of listAt(document, ["spec", "ports"])) {
        const port = valueAt(one, ["port"]);
        const name = valueAt(one, ["name"]);
        if (isPort(port))
          facts.ports.push({ port, name: typeof name === "string" ? name : null, from, isOpen });
      }
    for (const container of listAt(document, ["spec", "template", "spec", "containers"])) {
      const image = valueAt(container, ["image"]);
      const name = typeof image === "string" ? image.replace(/@.*$/, "").replace(/:[^/:]*$/, "") : "";
      if (isImageName(name)) facts.images.push(name);
      const path = valueAt(container, ["readinessProbe", "httpGet", "path"]);
      if (facts.ready === null && typeof path === "string" && /^\/[A-Za-z0-9_./-]{0,200}$/.test(path))
        facts.ready = { path, from };
    }
  }
  return facts;
}

export function mergeFacts(all: readonly ManifestFacts[]): ManifestFacts {
  return {
    ports: all.flatMap(({ ports }) => ports),
    ready: all.find(({ ready }) => ready !== null)?.ready ?? null,
    images: [...new Set(all.flatMap(({ images }) => images))],
  };
}
