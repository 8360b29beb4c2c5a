import { inspect } from "node:util";
import { expect, test } from "vitest";
import { openPostgres } from "./open-postgres.ts";

test.each(["postgres://u:pa#ss@h/db", "postgres://u:pa/ss@h/db", "pa?ss@h"])(
  "what is not a URL is refused without a word of it: %s",
  async (url) => {
    const refused: unknown = await openPostgres(url, 1).catch((error) => error);
    expect(refused).toMatchObject({ code: "invalid_configuration" });
    expect(inspect(refused)).not.toContain("ss@h");
  },
);
