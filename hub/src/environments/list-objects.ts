import type { ObjectReference } from "@seatrial/contracts/environments/proof.ts";
import type { Page } from "@seatrial/contracts/http/page.ts";
import { and, asc, eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { Queryable } from "../database/database.ts";
import { environmentObjects } from "../database/schema/environments.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";

const part = z.string().max(320);
const cursorSchema = z.tuple([part, part, part, part, part]);

/** What the last operation recorded in the cluster, by type, namespace and name. */
export async function listObjects(
  queryable: Queryable,
  environmentId: string,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<ObjectReference>> {
  const { apiVersion, kind, namespace, name, uid } = environmentObjects;
  const [inNamespace, anyUid] = [sql`coalesce(${namespace}, '')`, sql`coalesce(${uid}, '')`];
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor, cursorSchema);
  const place = after?.map((value) => sql`${value}`);
  const rows = await queryable
    .select({ apiVersion, kind, namespace, name, uid })
    .from(environmentObjects)
    .where(
      and(
        eq(environmentObjects.environmentId, environmentId),
        eq(environmentObjects.present, true),
        place &&
          sql`(${apiVersion}, ${kind}, ${inNamespace}, ${name}, ${anyUid}) > (${sql.join(place, sql`, `)})`,
      ),
    )
    .orderBy(asc(apiVersion), asc(kind), asc(inNamespace), asc(name), asc(anyUid))
    .limit(query.limit + 1);
  return pageOf(rows, query.limit, (row) => [
    row.apiVersion,
    row.kind,
    row.namespace ?? "",
    row.name,
    row.uid ?? "",
  ]);
}
