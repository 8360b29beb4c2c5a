import { createRoute, z } from "@hono/zod-openapi";
import {
  clusterSchema,
  cordonClusterSchema,
  drainClusterSchema,
} from "@seatrial/contracts/clusters/cluster.ts";
import { nameSchema } from "@seatrial/contracts/suites/suite-spec.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireScope } from "../auth/require-access.ts";
import { jsonAnswer, jsonBody, problemAnswers, section } from "../http/route-parts.ts";
import { cordonCluster, uncordonCluster } from "./cordon-cluster.ts";
import { drainCluster } from "./drain-cluster.ts";
import { readCluster } from "./list-clusters.ts";

const params = z.object({ cluster: nameSchema });

/** Taking clusters out of service and back: cordon, uncordon, drain. */
export function mountClusterDuty(app: HubApp, deps: HubDeps): void {
  const shared = {
    ...section("clusters"),
    method: "post" as const,
    middleware: requireScope(deps, "admin"),
    responses: { 200: jsonAnswer(clusterSchema, "The cluster"), ...problemAnswers },
  };
  const cordon = createRoute({
    ...shared,
    path: "/v1/clusters/{cluster}/cordon",
    summary: "Place nothing new in a cluster; what runs goes on (admin)",
    request: { params, body: jsonBody(cordonClusterSchema) },
  });
  app.openapi(cordon, async (c) => {
    const { cluster } = c.req.valid("param");
    await cordonCluster(deps, c.var.caller, cluster, c.req.valid("json").reason);
    return c.json(await readCluster(deps, c.var.caller, cluster), 200);
  });
  const uncordon = createRoute({
    ...shared,
    path: "/v1/clusters/{cluster}/uncordon",
    summary: "Take a cluster into service again, and end its drain (admin)",
    request: { params },
  });
  app.openapi(uncordon, async (c) => {
    const { cluster } = c.req.valid("param");
    await uncordonCluster(deps, c.var.caller, cluster);
    return c.json(await readCluster(deps, c.var.caller, cluster), 200);
  });
  const drain = createRoute({
    ...shared,
    path: "/v1/clusters/{cluster}/drain",
    summary: "Empty a cluster: what still runs when the time is over goes to other clusters (admin)",
    description:
      "No retry is used. `drain.left` of the answer, and of the cluster, says what is left; it is empty when nothing is.",
    request: { params, body: jsonBody(drainClusterSchema) },
  });
  app.openapi(drain, async (c) => {
    const { cluster } = c.req.valid("param");
    await drainCluster(deps, c.var.caller, cluster, c.req.valid("json"));
    return c.json(await readCluster(deps, c.var.caller, cluster), 200);
  });
}
