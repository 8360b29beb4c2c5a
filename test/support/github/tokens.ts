import { createVerify, randomBytes } from "node:crypto";
import { GitHubError } from "./github-error.ts";
import type { JsonObject } from "./json.ts";
import type { OperationId } from "./operations.ts";
import type { RepositoryState, State } from "./state.ts";
import type { AppIdentity } from "./views.ts";

export type InstallationToken = {
  readonly secret: string;
  readonly installationId: number;
  readonly permissions: Readonly<Record<string, string>>;
  /** Names in lower case; null: all of the installation's. */
  readonly repositories: readonly string[] | null;
  expiresAt: Date;
};

/** Which rights of the App an operation wants: any one of these, as GitHub's pages on permissions of Apps say. */
const wantedRights: Partial<Record<OperationId, readonly (readonly [string, "read" | "write"])[]>> = {
  "repos/get-commit": [["contents", "read"]],
  "repos/download-tarball-archive": [["contents", "read"]],
  "repos/get-content": [["contents", "read"]],
  "pulls/list": [["pull_requests", "read"]],
  "pulls/get": [["pull_requests", "read"]],
  "pulls/list-files": [["pull_requests", "read"]],
  ...forEach(
    [
      "issues/list-comments-for-repo",
      "issues/list-comments",
      "issues/get-comment",
      "reactions/list-for-issue-comment",
    ],
    [
      ["issues", "read"],
      ["pull_requests", "read"],
    ],
  ),
  ...forEach(
    ["issues/create-comment", "issues/update-comment", "reactions/create-for-issue-comment"],
    [
      ["issues", "write"],
      ["pull_requests", "write"],
    ],
  ),
  ...forEach(["checks/create", "checks/update"], [["checks", "write"]]),
  ...forEach(["checks/get", "checks/list-annotations", "checks/list-for-ref"], [["checks", "read"]]),
  ...forEach(["repos/create-deployment", "repos/create-deployment-status"], [["deployments", "write"]]),
  ...forEach(
    ["repos/list-deployments", "repos/get-deployment", "repos/list-deployment-statuses"],
    [["deployments", "read"]],
  ),
};

function forEach(ids: readonly OperationId[], rights: readonly (readonly [string, "read" | "write"])[]) {
  return Object.fromEntries(ids.map((id) => [id, rights]));
}

export function createTokens(
  app: AppIdentity,
  state: State,
  granted: () => Readonly<Record<string, string>>,
) {
  const tokens = new Map<string, InstallationToken>();
  const issued: string[] = [];
  return {
    /** Every token that was ever given out. */
    issued: issued as readonly string[],
    issue(
      installationId: number,
      asked: { permissions?: JsonObject; repositories?: string[] },
    ): InstallationToken {
      const permissions = (asked.permissions ?? granted()) as Record<string, string>;
      for (const [right, level] of Object.entries(permissions))
        if (!covers(granted()[right], level))
          throw new GitHubError(
            422,
            `The permissions requested are not granted to this installation: ${right}.`,
          );
      const token = {
        secret: `ghs_${randomBytes(27).toString("base64url").replaceAll(/[-_]/g, "0")}`,
        ...{ installationId, permissions },
        repositories: asked.repositories?.map((name) => name.toLowerCase()) ?? null,
        expiresAt: new Date(state.clock().getTime() + 3_600_000),
      };
      tokens.set(token.secret, token);
      issued.push(token.secret);
      return token;
    },
    /** All tokens of now are refused from now on, as an hour later. */
    expireAll: () => tokens.clear(),
    /** The token of a request's header. */
    find(secret: string): InstallationToken {
      const token = tokens.get(secret);
      if (token === undefined || token.expiresAt <= state.clock())
        throw new GitHubError(401, "Bad credentials");
      return token;
    },
    /** Refuses as GitHub does what this token does not reach. */
    check(token: InstallationToken, operation: OperationId, repository: RepositoryState): void {
      const isNamed = token.repositories?.includes(repository.name.toLowerCase()) ?? true;
      if (repository.installationId !== token.installationId || !isNamed)
        throw new GitHubError(404, "Not Found");
      const wanted = wantedRights[operation];
      if (wanted !== undefined && !wanted.some(([right, level]) => covers(token.permissions[right], level)))
        throw new GitHubError(403, "Resource not accessible by integration");
    },
    verifyJwt: (jwt: string) => verifyJwt(jwt, app, state.clock().getTime() / 1_000),
  };
}
export type Tokens = ReturnType<typeof createTokens>;

function covers(has: string | undefined, wanted: string): boolean {
  const order = ["read", "write", "admin"];
  return has !== undefined && order.indexOf(has) >= order.indexOf(wanted);
}

/** By GitHub's rules: RS256 with the App's key, made in the past, at most ten minutes long, issued by the App. */
function verifyJwt(jwt: string, app: AppIdentity, nowSeconds: number): void {
  const [head = "", claims = "", signature = ""] = jwt.split(".");
  const refuse = (message: string) => new GitHubError(401, message);
  const read = (part: string) => {
    try {
      return JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
    } catch {
      throw refuse("A JSON web token could not be decoded");
    }
  };
  if (read(head).alg !== "RS256") throw refuse("A JSON web token could not be decoded");
  const verifier = createVerify("RSA-SHA256").update(`${head}.${claims}`);
  if (!verifier.verify(app.publicKeyPem, signature, "base64url"))
    throw refuse("A JSON web token could not be decoded");
  const { iat, exp, iss } = read(claims);
  if (typeof iat !== "number" || iat > nowSeconds + 5)
    throw refuse(
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  if (typeof exp !== "number" || exp <= nowSeconds)
    throw refuse("'Expiration time' claim ('exp') must be a numeric value representing the future time");
  if (exp > nowSeconds + 605 || exp - iat > 660)
    throw refuse("'Expiration time' claim ('exp') is too far in the future");
  if (String(iss) !== String(app.id) && iss !== app.clientId) throw refuse("Integration not found");
}
