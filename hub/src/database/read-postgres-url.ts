import { SeatrialError } from "@seatrial/contracts/errors.ts";

export type PostgresUrl = {
  /** As the driver reads it. */
  readonly connectionString: string;
  /** Not behind a pooler that cannot keep prepared statements. */
  readonly mayPrepare: boolean;
};

/** Throws `invalid_configuration` for what is not a URL, and shows none of it: it holds a password. */
export function readPostgresUrl(url: string): PostgresUrl {
  const address = URL.parse(url);
  if (address === null)
    throw new SeatrialError(
      "invalid_configuration",
      "SEATRIAL_DATABASE_URL is not a URL: write postgres://user:password@host/name, with # / ? @ in the password as %23 %2F %3F %40.",
    );
  const mayPrepare = address.searchParams.get("prepare") !== "false";
  address.searchParams.delete("prepare");
  return { connectionString: address.href, mayPrepare };
}
