import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import pg from "pg";
import { expect, test } from "vitest";
import { openPostgres } from "./open-postgres.ts";
import { readPostgresUrl } from "./read-postgres-url.ts";

/** What the driver makes of a URL: false for no TLS, else what it asks of the server's certificate. */
const sslOf = (parameters: string): unknown => {
  const { connectionString } = readPostgresUrl(`postgres://u:p@h/db?${parameters}`);
  return new pg.Client({ connectionString }).ssl;
};
const unverified = { rejectUnauthorized: false };
const anyFile = encodeURIComponent(fileURLToPath(import.meta.url));

test.each(["postgres://u:pa#ss@h/db", "postgres://u:pa/ss@h/db", "pa?ss@h"])(
  "what is not a URL is refused without a word of it: %s",
  async (url) => {
    const refused: unknown = await openPostgres(url, 1).catch((error) => error);
    expect(refused).toMatchObject({ code: "invalid_configuration" });
    expect(inspect(refused)).not.toContain("ss@h");
  },
);

test.each([
  ["", false],
  ["sslmode=disable", false],
  ["sslmode=prefer", unverified],
  ["sslmode=require", unverified],
  ["sslmode=verify-full", {}],
  ["sslmode=no-verify", unverified],
  ["sslrootcert=system", {}],
  ["sslmode=verify-full&sslrootcert=system", {}],
  ["sslmode=require&uselibpqcompat=false", {}],
  ["ssl=true", true],
  ["ssl=1", true],
  ["ssl=false", false],
  ["ssl=0", false],
  ["ssl=no-verify", unverified],
])("TLS is used as libpq's words say: %j", (parameters, expected) => {
  expect(sslOf(parameters)).toEqual(expected);
});

test.each(["require", "verify-ca"])(
  "with an authority of one's own, %s asks for its certificate and no name",
  (mode) => {
    expect(sslOf(`sslmode=${mode}&sslrootcert=${anyFile}`)).toEqual({
      ca: expect.stringContaining("libpq"),
      checkServerIdentity: expect.any(Function),
    });
  },
);

test.each([
  ["sslmode=allow", "sslmode is one of disable, prefer, require"],
  ["sslmode=required", "sslmode is one of"],
  ["ssl=require", "write sslmode="],
  ["sslmode=verify-ca", "needs sslrootcert"],
  ["sslmode=require&sslrootcert=system", "sslmode=verify-full only"],
])("what says nothing the driver can do is refused: %s", (parameters, message) => {
  expect(() => sslOf(parameters)).toThrow(message);
});
