import type { Choice, Found, FoundEnvironment, FoundPort } from "./found.ts";

/** What is taken when nobody is asked. */
export function chooseDefaults({ environments, suites }: Found): Choice {
  const [environment = null] = environments;
  return {
    environment,
    port: environment === null ? null : defaultPort(environment),
    suites: [...suites],
    onPullRequests: true,
  };
}

/** The port that looks most like a web server's. */
export function defaultPort({ ports }: FoundEnvironment): number | null {
  const score = ({ port, name }: FoundPort) =>
    (/^(http|web)/i.test(name ?? "") ? 4 : 0) +
    ([80, 8080, 3000, 8000, 5000].includes(port) ? 2 : 0) -
    (/grpc|metric|admin|debug|health/i.test(name ?? "") ? 4 : 0);
  return ports.toSorted((left, right) => score(right) - score(left))[0]?.port ?? null;
}
