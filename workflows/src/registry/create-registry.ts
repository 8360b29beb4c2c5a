import { createHash } from "node:crypto";
import { Agent, fetch, type RequestInit, type Response } from "undici";
import { z } from "zod";
import { parseChallenge, tokenUrl } from "./bearer-token.ts";
import type { RegistryCredentials } from "./credentials.ts";
import { type ImageReference, parseImageReference } from "./image-reference.ts";
import { publicLookup } from "./public-address.ts";
import { isListed, type ListedHosts, refusalOf } from "./refusal-of.ts";

export type RegistrySettings = ListedHosts & { credentials: RegistryCredentials };

/** `digest` null without a problem: it is not there. `retryInSeconds`: the registry does not want to be asked before. */
export type FoundDigest = { digest: string | null; problem: string | null; retryInSeconds?: number };
export type Registry = {
  /** Never throws: what could not be asked is a problem in words. */
  findDigest: (image: string, signal: AbortSignal) => Promise<FoundDigest>;
  close: () => Promise<void>;
};

const requestMilliseconds = 20_000;
const mostRedirects = 3;
const longestRetrySeconds = 900;
const manifestBytes = 4 * 1_048_576;
const accept = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");
const digestPattern = /^sha256:[0-9a-f]{64}$/;
const tokenSchema = z.object({ token: z.string().optional(), access_token: z.string().optional() });

class RegistryProblem extends Error {
  readonly retryInSeconds: number | null;
  constructor(problem: string, response?: Response) {
    super(problem);
    this.retryInSeconds = response === undefined ? null : retryAfterSeconds(response);
  }
}

/**
 * Asks container registries whether images exist (OCI Distribution 1.1, "Pulling manifests"). Names come from people who
 * may write anything: only TLS to public addresses unless a host is listed, small answers, and credentials go nowhere
 * but to their host and the token service that it names.
 */
export function createRegistry(settings: RegistrySettings): Registry {
  const limits = { headersTimeout: requestMilliseconds, bodyTimeout: requestMilliseconds };
  const connect = { timeout: 10_000 };
  const publicAgent = new Agent({ ...limits, connect: { ...connect, lookup: publicLookup } });
  const innerAgent = new Agent({ ...limits, connect });

  /** Throws RegistryProblem for an address that may not be asked; see `refusalOf`. */
  async function ask(home: string, url: URL, init: RequestInit, signal: AbortSignal): Promise<Response> {
    const refusal = refusalOf(home, url, settings);
    if (refusal !== null) throw new RegistryProblem(refusal);
    return fetch(url, {
      ...init,
      redirect: "manual",
      dispatcher: isListed(url.host, settings) ? innerAgent : publicAgent,
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestMilliseconds)]),
    });
  }

  /** Follows redirects; the authorization stays with the host that it is for. */
  async function askManifest(
    method: "HEAD" | "GET",
    url: URL,
    authorization: string | null,
    signal: AbortSignal,
  ) {
    let at = url;
    for (let redirects = 0; ; redirects += 1) {
      const isHome = at.origin === url.origin;
      const headers = { accept, ...(authorization !== null && isHome ? { authorization } : {}) };
      const response = await ask(url.host, at, { method, headers }, signal);
      const location = response.headers.get("location");
      if (response.status < 300 || response.status >= 400 || location === null) return response;
      await response.body?.cancel();
      if (redirects === mostRedirects || !URL.canParse(location, at.href))
        throw new RegistryProblem(`${url.host} leads nowhere`);
      at = new URL(location, at);
    }
  }

  async function authorize(
    image: ImageReference,
    home: string,
    refusal: Response,
    signal: AbortSignal,
  ): Promise<string | null> {
    const basic = settings.credentials.get(image.registry);
    const login = basic === undefined ? null : `Basic ${basic}`;
    const challenge = parseChallenge(refusal.headers.get("www-authenticate"));
    if (challenge === null) return login;
    const url = tokenUrl(challenge, image.repository);
    if (url === null) throw new RegistryProblem(`${image.registry} names no token service`);
    const response = await ask(
      home,
      url,
      { headers: login === null ? {} : { authorization: login } },
      signal,
    );
    if (!response.ok) {
      await response.body?.cancel();
      throw new RegistryProblem(`${url.host} gives no token for it: ${response.status}`, response);
    }
    const answer = tokenSchema.safeParse(parseJson(await readBounded(response, 65_536)));
    const token = answer.data?.token ?? answer.data?.access_token;
    if (token === undefined) throw new RegistryProblem(`${url.host} gives no token for it`);
    return `Bearer ${token}`;
  }

  async function find(image: ImageReference, signal: AbortSignal): Promise<FoundDigest> {
    const { registry, repository, reference } = image;
    const protocol = settings.plainHttpHosts.includes(registry) ? "http" : "https";
    const url = new URL(`${protocol}://${registry}/v2/${repository}/manifests/${reference}`);
    let authorization: string | null = null;
    let response = await askManifest("HEAD", url, authorization, signal);
    if (response.status === 401) {
      authorization = await authorize(image, url.host, response, signal);
      if (authorization !== null) response = await askManifest("HEAD", url, authorization, signal);
    }
    await response.body?.cancel();
    if (response.status === 404) return { digest: null, problem: null };
    if (!response.ok) throw new RegistryProblem(`${registry} answers ${describe(response.status)}`, response);
    const told = response.headers.get("docker-content-digest");
    const digest = told ?? (await digestOf(url, authorization, signal));
    if (!digestPattern.test(digest)) throw new RegistryProblem(`${registry} tells no SHA-256 digest`);
    return { digest, problem: null };
  }

  /** For registries that do not say it. */
  async function digestOf(url: URL, authorization: string | null, signal: AbortSignal): Promise<string> {
    const response = await askManifest("GET", url, authorization, signal);
    if (!response.ok) throw new RegistryProblem(`${url.host} answers ${describe(response.status)}`, response);
    const bytes = await readBounded(response, manifestBytes);
    return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  }

  return {
    async findDigest(image, signal) {
      const parsed = parseImageReference(image);
      if (parsed === null) return { digest: null, problem: "this is no name of an image" };
      try {
        return await find(parsed, signal);
      } catch (error) {
        const retryInSeconds = error instanceof RegistryProblem ? error.retryInSeconds : null;
        const wait = retryInSeconds === null ? {} : { retryInSeconds };
        return { digest: null, problem: explain(error, parsed.registry).slice(0, 500), ...wait };
      }
    },
    async close() {
      await Promise.all([publicAgent.close(), innerAgent.close()]);
    },
  };
}

/** Null for what is no JSON: its text is a stranger's. */
function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return null;
  }
}

async function readBounded(response: Response, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > most) throw new RegistryProblem("the registry's answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function describe(status: number): string {
  if (status === 401 || status === 403)
    return `${status}: the worker has no rights for it, or it does not exist`;
  return status === 429 ? "429: too many requests" : String(status);
}

/** Null: it does not say, or not in seconds. What a stranger's registry asks for is bounded. */
function retryAfterSeconds({ headers }: Response): number | null {
  const text = headers.get("retry-after") ?? "";
  return /^\d{1,9}$/.test(text) ? Math.min(longestRetrySeconds, Math.max(1, Number(text))) : null;
}

/** Without what a request carried. */
function explain(error: unknown, registry: string): string {
  if (error instanceof RegistryProblem) return error.message;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return `${registry} does not answer: ${cause instanceof Error ? cause.message : "unknown"}`;
}
