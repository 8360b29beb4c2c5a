import { z } from "zod";
import { actorSchema } from "../actor.ts";
import {
  type ChangeCluster,
  clusterSchema,
  type cordonClusterSchema,
  createdJoinTokenSchema,
  type createJoinTokenSchema,
  type drainClusterSchema,
} from "../clusters/cluster.ts";
import { SeatrialError } from "../errors.ts";
import { pageSchema } from "../http/page.ts";
import {
  type changeProjectSchema,
  createdTokenSchema,
  type createProjectSchema,
  type createTokenSchema,
  projectSchema,
  tokenSchema,
} from "../projects/project.ts";
import { tokenScopes } from "../scopes.ts";
import { createProjectClient, type ProjectClient } from "./create-project-client.ts";
import type { PageQuery } from "./read-pages.ts";
import { type ClientOptions, sendForJson, sendRequest } from "./send-request.ts";

export type HubClient = ReturnType<typeof createHubClient>;

/** Whose token it is and what it may do; `project` is null for tokens of the platform team and of the worker. */
const whoAmISchema = z.object({
  actor: actorSchema,
  project: z.string().nullable(),
  scopes: z.array(z.enum(tokenScopes)),
});

const healthSchema = z.object({ status: z.string(), version: z.string() });

/**
 * The hub's user API as functions. Answers are parsed, so a value has the shape its type says. Every call throws
 * SeatrialError with the hub's code, or `unavailable` when no hub answered.
 */
export function createHubClient(options: ClientOptions) {
  const clusterPath = (name: string) => `/v1/clusters/${encodeURIComponent(name)}`;
  return {
    /** What belongs to one project. Makes no request. */
    project: (name: string): ProjectClient => createProjectClient(options, name),

    /** Whether a hub answers, its version, and its clock. Needs no token. */
    async health() {
      const response = await sendRequest({ ...options, token: null }, "/healthz");
      const parsed = healthSchema.safeParse(await response.json().catch(() => null));
      if (!parsed.success)
        throw new SeatrialError(
          "unavailable",
          `${options.hubUrl} answers, but not like a Seatrial hub: check the address`,
        );
      const date = Date.parse(response.headers.get("date") ?? "");
      return { version: parsed.data.version, now: Number.isNaN(date) ? null : new Date(date) };
    },

    whoAmI: () => sendForJson(options, "/v1/whoami", whoAmISchema),

    createProject: (project: z.input<typeof createProjectSchema>) =>
      sendForJson(options, "/v1/projects", projectSchema, { method: "POST", json: project }),
    changeProject: (name: string, change: z.input<typeof changeProjectSchema>) =>
      sendForJson(options, `/v1/projects/${encodeURIComponent(name)}`, projectSchema, {
        method: "PATCH",
        json: change,
      }),
    listProjects: (query: PageQuery = {}) =>
      sendForJson(options, "/v1/projects", pageSchema(projectSchema), { query }),

    createToken: (project: string, token: z.input<typeof createTokenSchema>) =>
      sendForJson(options, `/v1/projects/${encodeURIComponent(project)}/tokens`, createdTokenSchema, {
        method: "POST",
        json: token,
      }),
    listTokens: (project: string, query: PageQuery = {}) =>
      sendForJson(options, `/v1/projects/${encodeURIComponent(project)}/tokens`, pageSchema(tokenSchema), {
        query,
      }),

    createJoinToken: (token: z.input<typeof createJoinTokenSchema>) =>
      sendForJson(options, "/v1/join-tokens", createdJoinTokenSchema, { method: "POST", json: token }),
    listClusters: (query: PageQuery = {}) =>
      sendForJson(options, "/v1/clusters", pageSchema(clusterSchema), { query }),
    getCluster: (name: string) => sendForJson(options, clusterPath(name), clusterSchema),
    /** Replaces what is named; the rest stays. */
    changeCluster: (name: string, change: ChangeCluster) =>
      sendForJson(options, clusterPath(name), clusterSchema, { method: "PATCH", json: change }),
    /** Nothing new is placed there from now on. */
    cordonCluster: (name: string, body: z.input<typeof cordonClusterSchema> = {}) =>
      sendForJson(options, `${clusterPath(name)}/cordon`, clusterSchema, { method: "POST", json: body }),
    uncordonCluster: (name: string) =>
      sendForJson(options, `${clusterPath(name)}/uncordon`, clusterSchema, { method: "POST" }),
    drainCluster: (name: string, body: z.input<typeof drainClusterSchema> = {}) =>
      sendForJson(options, `${clusterPath(name)}/drain`, clusterSchema, { method: "POST", json: body }),
    revokeCluster: (name: string) =>
      sendForJson(options, `${clusterPath(name)}/revoke`, clusterSchema, { method: "POST" }),
  };
}
