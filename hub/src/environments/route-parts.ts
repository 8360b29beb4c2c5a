import { z } from "@hono/zod-openapi";
import { projectParams } from "../http/route-parts.ts";

export const environmentsPath = "/v1/projects/{project}/environments" as const;
export const environmentPath = `${environmentsPath}/{environment}` as const;
export const environmentParams = projectParams.extend({ environment: z.string().max(40) });
