import type { z } from "zod";
import {
  type CreateEnvironmentInput,
  type EnvironmentEvent,
  environmentEventSchema,
  environmentSchema,
  type extendEnvironmentSchema,
  type pinEnvironmentSchema,
  type updateEnvironmentSchema,
} from "../environments/environment.ts";
import { objectReferenceSchema, proofSchema } from "../environments/proof.ts";
import { pageSchema } from "../http/page.ts";
import { type FollowOptions, followStream } from "./follow-stream.ts";
import type { PageQuery } from "./read-pages.ts";
import { type ClientOptions, sendForJson } from "./send-request.ts";

export type EnvironmentFilter = PageQuery & { state?: string; name?: string; idPrefix?: string };

/** The environments of one project; see createHubClient for errors. Each call but the reads is in the audit. */
export function environmentCalls(options: ClientOptions, base: string) {
  const all = `${base}/environments`;
  const at = (environment: string) => `${all}/${encodeURIComponent(environment)}`;
  const post = (environment: string, verb: string, json: unknown) =>
    sendForJson(options, `${at(environment)}/${verb}`, environmentSchema, { method: "POST", json });
  return {
    createEnvironment: (environment: CreateEnvironmentInput) =>
      sendForJson(options, all, environmentSchema, { method: "POST", json: environment }),
    listEnvironments: (query: EnvironmentFilter = {}) =>
      sendForJson(options, all, pageSchema(environmentSchema), { query }),
    getEnvironment: (environment: string) => sendForJson(options, at(environment), environmentSchema),
    extendEnvironment: (environment: string, extend: z.input<typeof extendEnvironmentSchema>) =>
      post(environment, "extend", extend),
    pinEnvironment: (environment: string, pin: z.input<typeof pinEnvironmentSchema>) =>
      post(environment, "pin", pin),
    sleepEnvironment: (environment: string) => post(environment, "sleep", {}),
    wakeEnvironment: (environment: string) => post(environment, "wake", {}),
    /** The same environment from another template or content; the latest update wins. */
    updateEnvironment: (environment: string, update: z.input<typeof updateEnvironmentSchema>) =>
      post(environment, "update", update),
    /** Probes its endpoints again. */
    proveEnvironment: (environment: string) => post(environment, "prove", {}),
    /** Wishes it gone, for good; the answer is the environment as it is now, not yet removed. */
    deleteEnvironment: (environment: string) =>
      sendForJson(options, at(environment), environmentSchema, { method: "DELETE" }),
    /** Throws `not_found` before its removal has ended once. */
    getProof: (environment: string) => sendForJson(options, `${at(environment)}/proof`, proofSchema),
    listObjects: (environment: string, query: PageQuery = {}) =>
      sendForJson(options, `${at(environment)}/objects`, pageSchema(objectReferenceSchema), { query }),
    listEnvironmentEvents: (environment: string, query: PageQuery = {}) =>
      sendForJson(options, `${at(environment)}/events`, pageSchema(environmentEventSchema), { query }),
    /** Its events from the first (or after `lastEventId`), across lost connections; ends when it is deleted. */
    async *followEnvironment(environment: string, follow: FollowOptions): AsyncGenerator<EnvironmentEvent> {
      for await (const message of followStream(options, `${at(environment)}/events`, follow)) {
        const parsed = parseEvent(message.data);
        if (parsed) yield parsed;
        if (parsed?.type === "environment.deleted") return;
      }
    },
  };
}

/** A message of a later version that this one does not know is passed over. */
function parseEvent(data: string): EnvironmentEvent | null {
  try {
    return environmentEventSchema.safeParse(JSON.parse(data)).data ?? null;
  } catch {
    return null;
  }
}
