import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openState } from "@seatrial/env-provisioner/state/seal-state.ts";
import { openStateKey } from "@seatrial/hub/keys/state-keys.ts";
import type { Place } from "./canary-marker.ts";
import { openSql } from "./canary-places.ts";
import type { CanaryWorld } from "./canary-world.ts";

export type KeptState = { sealed: Place; opened: Place };
type Row = { key: string | null; wrapped: string | null };

/** An environment's state as the hub has it, and opened with the environment's key; null while there is none. */
export async function readKeptState(box: CanaryWorld, id: string): Promise<KeptState | null> {
  const { SEATRIAL_DATABASE_URL: url = "", SEATRIAL_STATE_KEY: hubKey = "" } = box.settings.hub;
  const sql = openSql(url);
  const [row] = await sql<Row[]>`
    select state_blob_key as key, wrapped_state_key as wrapped from environments where id = ${id}`;
  await sql.end();
  if (!row?.key || !row.wrapped) return null;
  const sealed = await readFile(join(box.world.folder, "hub/blobs", row.key));
  const key = openStateKey({ settings: { stateKey: Buffer.from(hubKey, "base64") } }, id, row.wrapped);
  const opened = await openState(sealed, { key, environmentId: id });
  const name = `state ${row.key}`;
  return { sealed: { name, bytes: sealed }, opened: { name: `opened ${name}`, bytes: opened } };
}
