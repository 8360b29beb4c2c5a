import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { KubernetesObject } from "@seatrial/env-provisioner/planned-object.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { listAllTypes, pathOfType } from "@seatrial/kube-link/list-all-types.ts";
import { connectTemporal } from "@seatrial/workflows/temporal/connect-temporal.ts";
import { createDataConverter } from "@seatrial/workflows/temporal/data-converter.ts";
import { createPayloadCodec, readPayloadKeys } from "@seatrial/workflows/temporal/payload-codec.ts";
import { pino } from "pino";
import postgres from "postgres";
import type { Place } from "./canary-marker.ts";

/** Every row of every table, whatever its schema: JSON as its text, bytes as they are. */
export async function databasePlaces(url: string): Promise<Place[]> {
  const sql = openSql(url);
  try {
    const tables = await sql<{ schema: string; name: string }[]>`
      select table_schema as schema, table_name as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`;
    const places: Place[] = [];
    for (const { schema, name } of tables)
      for (const row of await sql`select * from ${sql(schema)}.${sql(name)}`)
        for (const [column, value] of Object.entries(row))
          places.push({ name: `database ${name}.${column}`, bytes: bytesOf(value) });
    return places;
  } finally {
    await sql.end();
  }
}

/** The hub's own database; a Unix socket's folder stands in the url's `host`, as libpq has it. */
export function openSql(url: string): postgres.Sql {
  const address = new URL(url);
  const host = address.searchParams.get("host");
  address.searchParams.delete("host");
  return postgres(address.href, { max: 1, onnotice: () => undefined, ...(host === null ? {} : { host }) });
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return Buffer.from(typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
}

/** Every file below a folder, but those that end with one of these. Files that vanish meanwhile are left out. */
export async function folderPlaces(folder: string, without: readonly string[] = []): Promise<Place[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const places: Place[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || without.some((end) => path.endsWith(end))) continue;
    const bytes = await readFile(path).catch(() => null);
    if (bytes) places.push({ name: `file ${relative(folder, path)}`, bytes });
  }
  return places;
}

/** The histories of all workflows: as Temporal keeps them, and with every payload decoded. */
export async function historyPlaces(address: string, keysText: string): Promise<Place[]> {
  const keys = readPayloadKeys(keysText, "the payload key");
  const codec = createPayloadCodec(keys);
  const place = { address, namespace: "default", taskQueue: "none", tls: null, apiKey: null };
  const { connection, client } = await connectTemporal(
    place,
    createDataConverter(keys),
    pino({ level: "silent" }),
  );
  try {
    const places: Place[] = [];
    for await (const { workflowId, runId } of client.workflow.list()) {
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      const name = `history ${workflowId}`;
      places.push({ name, bytes: Buffer.from(JSON.stringify(history)) });
      for (const payload of payloadsIn(history)) {
        places.push({ name: `${name} (as kept)`, bytes: Buffer.from(payload.data) });
        for (const { data } of await codec.decode([payload]))
          places.push({ name: `${name} (decoded)`, bytes: Buffer.from(data ?? []) });
      }
    }
    return places;
  } finally {
    await connection.close();
  }
}

type Payload = { metadata: Record<string, Uint8Array>; data: Uint8Array };

function payloadsIn(value: unknown): Payload[] {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return [];
  const { metadata, data } = value as { metadata?: unknown; data?: unknown };
  if (data instanceof Uint8Array && typeof metadata === "object" && metadata !== null)
    return [value as Payload];
  return Object.values(value).flatMap(payloadsIn);
}

/** Every object of the cluster but Secrets, which hold secrets by nature. */
export async function clusterPlaces(kube: KubeClient): Promise<Place[]> {
  const { types } = await listAllTypes(kube);
  const places: Place[] = [];
  for (const type of types) {
    if (!type.verbs.includes("list") || type.kind === "Secret") continue;
    const { items } = await kube.get<{ items: KubernetesObject[] }>(pathOfType(type, null));
    for (const object of items)
      places.push({
        name: `cluster ${type.kind}/${object.metadata.name}`,
        bytes: Buffer.from(JSON.stringify(object)),
      });
  }
  return places;
}
