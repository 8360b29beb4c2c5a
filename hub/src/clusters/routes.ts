import { createRoute, z } from "@hono/zod-openapi";
import { changeClusterSchema, clusterSchema } from "@seatrial/contracts/clusters/cluster.ts";
import { pageQuerySchema, pageSchema } from "@seatrial/contracts/http/page.ts";
import { nameSchema } from "@seatrial/contracts/suites/suite-spec.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { requireCaller, requireScope } from "../auth/require-access.ts";
import { jsonAnswer, jsonBody, problemAnswers, section } from "../http/route-parts.ts";
import { changeCluster } from "./change-cluster.ts";
import { mountClusterDuty } from "./duty-routes.ts";
import { listClusters, readCluster } from "./list-clusters.ts";
import { revokeCluster } from "./revoke-cluster.ts";

const params = z.object({ cluster: nameSchema });

export function mountClusters(app: HubApp, deps: HubDeps): void {
  mountClusterDuty(app, deps);
  const shared = section("clusters");
  const list = createRoute({
    ...shared,
    method: "get",
    path: "/v1/clusters",
    summary: "The clusters this token may see, by name",
    middleware: requireCaller(deps),
    request: { query: pageQuerySchema },
    responses: { 200: jsonAnswer(pageSchema(clusterSchema), "A page of clusters"), ...problemAnswers },
  });
  const read = createRoute({
    ...shared,
    method: "get",
    path: "/v1/clusters/{cluster}",
    summary: "One cluster",
    middleware: requireCaller(deps),
    request: { params },
    responses: { 200: jsonAnswer(clusterSchema, "The cluster"), ...problemAnswers },
  });
  const change = createRoute({
    ...shared,
    method: "patch",
    path: "/v1/clusters/{cluster}",
    summary: "Set labels, taints or projects of a cluster (admin)",
    description:
      "What is named is replaced, the rest stays. It is about what is placed from now on: what runs goes on.",
    middleware: requireScope(deps, "admin"),
    request: { params, body: jsonBody(changeClusterSchema) },
    responses: { 200: jsonAnswer(clusterSchema, "The cluster"), ...problemAnswers },
  });
  const revoke = createRoute({
    ...shared,
    method: "post",
    path: "/v1/clusters/{cluster}/revoke",
    summary: "Cut a cluster off at once (admin)",
    middleware: requireScope(deps, "admin"),
    request: { params },
    responses: { 200: jsonAnswer(clusterSchema, "The cluster"), ...problemAnswers },
  });
  app.openapi(list, async (c) => c.json(await listClusters(deps, c.var.caller, c.req.valid("query")), 200));
  app.openapi(read, async (c) =>
    c.json(await readCluster(deps, c.var.caller, c.req.valid("param").cluster), 200),
  );
  app.openapi(change, async (c) => {
    const { cluster } = c.req.valid("param");
    await changeCluster(deps, c.var.caller, cluster, c.req.valid("json"));
    return c.json(await readCluster(deps, c.var.caller, cluster), 200);
  });
  app.openapi(revoke, async (c) => {
    const { cluster } = c.req.valid("param");
    await revokeCluster(deps, c.var.caller, cluster);
    return c.json(await readCluster(deps, c.var.caller, cluster), 200);
  });
}
