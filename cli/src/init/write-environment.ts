import type { Choice, FoundEnvironment } from "./found.ts";
import { environmentName, type Line } from "./line.ts";
import { writeList, writeScalar } from "./write-scalar.ts";

const whatItIs = {
  chart: "Helm chart; its dependencies must lie in its charts/ folder, nothing is fetched",
  kustomize: "kustomization; nothing is fetched and no plugin runs",
  manifests: "Kubernetes objects, applied as they are",
};

/** The lines of `environments:`; none when none was chosen. */
export function writeEnvironment({ environment, port }: Choice): Line[] {
  if (environment === null) return [];
  const { kind, path, values } = environment;
  return [
    { code: "environments:", why: "short-lived copies of what you deploy, each in a namespace of its own" },
    {
      code: `  ${environmentName}:`,
      why: "`seatrial template check` says offline whether it would be refused",
    },
    { code: `    ${kind}: ${writeScalar(path)}`, why: whatItIs[kind] },
    ...(values.length === 0
      ? []
      : [{ code: `    values: ${writeList(values)}`, why: "on top of the chart's own values.yaml" }]),
    ...imageLines(environment),
    ...(port === null ? withoutPort(environment) : withPort(environment, port)),
    { code: "    ttl: 4h", why: "removed after this time without a new commit or `seatrial env extend`" },
  ];
}

/** Whether images are built for each commit is not known: a comment, to be taken in by hand. */
function imageLines({ images }: FoundEnvironment): Line[] {
  const [image] = images;
  if (image === undefined) return [];
  const line = `images: {${writeScalar(image)}: ${JSON.stringify(`${image}:\${change.sha}`)}}`;
  return [
    {
      code: "",
      why: "If an image of each commit is built elsewhere, the next line waits for it and pins its digest:",
    },
    { code: "", why: `  ${line}` },
  ].map(({ why }) => ({ code: `    # ${why}`, why: "" }));
}

function withPort({ ports, ready }: FoundEnvironment, port: number): Line[] {
  const found = ports.find((one) => one.port === port);
  const from = found?.from;
  return [
    {
      code: found?.isOpen
        ? `    expose: {web: {port: ${port}, reach: network}}`
        : `    expose: {web: ${port}}`,
      why: `a port of a Service${found?.isOpen ? " that is open to the network" : ""}${from === undefined ? "" : `, by ${from}`}; tests find it as \${environment.web.url}`,
    },
    ...(ready === null
      ? [
          {
            code: "    ready: {times: 3}",
            why: "ready when a connection opens three times in a row; get: /path asks for a page",
          },
        ]
      : [
          {
            code: `    ready: {get: ${writeScalar(ready.path)}, times: 3}`,
            why: `ready when this page answers three times in a row; the path is of ${ready.from}`,
          },
        ]),
  ];
}

function withoutPort({ ports }: FoundEnvironment): Line[] {
  return ports.length > 0
    ? []
    : [
        {
          code: "    # expose: {web: 8080}",
          why: "no Service with a port was found: tests get an address once this names one",
        },
      ];
}
