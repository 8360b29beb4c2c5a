import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/core";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { RepositoryPlace } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { Agent, fetch as undiciFetch } from "undici";
import { ForgeError, toForgeError } from "./forge-error.ts";

export type GitHubSettings = {
  /** `https://api.github.com`, or `https://<host>/api/v3` of an own server. */
  apiUrl: string;
  appId: number;
  /** PEM, PKCS #1 or #8. */
  privateKey: string;
};

/** One repository, asked with the rights that the App has there. */
export type RepositoryForge = {
  /** Throws ForgeError. */
  request: Octokit["request"];
  /** For every route of the repository. */
  at: { owner: string; repo: string };
  appId: number;
  installationId: number;
};

export type GitHub = {
  /**
   * Does work with a repository. The installation is looked up when it is not known, and once more when it is gone; a
   * token that is refused is got anew. So the work may begin twice. Throws ForgeError.
   */
  withRepository: <Answer>(
    place: RepositoryPlace,
    signal: AbortSignal,
    work: (forge: RepositoryForge) => Promise<Answer>,
  ) => Promise<Answer>;
  close: () => Promise<void>;
};

const silent = { debug() {}, info() {}, warn() {}, error() {} };
/** An octokit each, with its token: more are made anew. */
const mostInstallations = 500;

/**
 * GitHub through one App. Tokens of its installations are kept in memory only. Nothing is repeated here: waiting is the
 * workflows', whose timers survive the worker.
 */
export function createGitHub(settings: GitHubSettings, deps: { clock: Clock }): GitHub {
  const { appId, privateKey } = settings;
  const agent = new Agent({ connect: { timeout: 10_000 }, headersTimeout: 30_000, bodyTimeout: 30_000 });
  const forgeFetch = (input: string, init?: object) => undiciFetch(input, { ...init, dispatcher: agent });
  const installations = new Map<number, Octokit>();

  function open(installationId?: number): Octokit {
    const octokit = new Octokit({
      baseUrl: settings.apiUrl.replace(/\/+$/, ""),
      userAgent: "seatrial",
      authStrategy: createAppAuth,
      auth: { appId, privateKey, ...(installationId === undefined ? {} : { installationId }) },
      request: { fetch: forgeFetch },
      log: silent,
    });
    octokit.hook.wrap("request", async (request, options) => {
      try {
        return await request(options);
      } catch (error) {
        throw toForgeError(error, deps.clock.now());
      }
    });
    return octokit;
  }
  const app = open();

  function octokitOf(installationId: number): Octokit {
    const octokit = installations.get(installationId) ?? open(installationId);
    if (installations.size >= mostInstallations) installations.clear();
    installations.set(installationId, octokit);
    return octokit;
  }

  async function findInstallation(name: string, signal: AbortSignal): Promise<number> {
    try {
      const route = "GET /repos/{owner}/{repo}/installation";
      return (await app.request(route, { ...nameParts(name), request: { signal } })).data.id;
    } catch (error) {
      if (!(error instanceof ForgeError) || error.kind !== "missing") throw error;
      throw new ForgeError("denied", `the GitHub App ${appId} is not installed on ${name}: install it there`);
    }
  }

  return {
    async withRepository(place, signal, work) {
      const attempt = (installationId: number) => {
        const request = octokitOf(installationId).request.defaults({ request: { signal } });
        return work({ request, at: nameParts(place.name), appId, installationId });
      };
      const known = place.installationId ?? (await findInstallation(place.name, signal));
      try {
        return await attempt(known);
      } catch (error) {
        if (!(error instanceof ForgeError) || error.stale === null) throw error;
        // With its token: the next one is got anew.
        installations.delete(known);
        return attempt(error.stale === "token" ? known : await findInstallation(place.name, signal));
      }
    },
    close: () => agent.close(),
  };
}

function nameParts(name: string): { owner: string; repo: string } {
  const [owner = "", repo = ""] = name.split("/");
  return { owner, repo };
}
