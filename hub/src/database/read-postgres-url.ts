import { SeatrialError } from "@seatrial/contracts/errors.ts";

export type PostgresUrl = {
  /** As the driver reads it. */
  readonly connectionString: string;
  /** Not behind a pooler that cannot keep prepared statements. */
  readonly mayPrepare: boolean;
  /** It says itself how long a transaction may idle. */
  readonly saysIdle: boolean;
};

/** Of libpq's, `allow` begins without TLS, which the driver cannot; `no-verify` is the driver's own. */
const sslModes = ["disable", "prefer", "require", "verify-ca", "verify-full", "no-verify"];
const sslSwitches = ["true", "1", "false", "0", "no-verify"];

/**
 * Reads what says how to use TLS as libpq does, with which people try their URLs. Throws `invalid_configuration` for what
 * is not a URL or says nothing the driver can do, and shows none of it: it holds a password.
 */
export function readPostgresUrl(url: string): PostgresUrl {
  const address = URL.parse(url);
  if (address === null)
    throw new SeatrialError(
      "invalid_configuration",
      "SEATRIAL_DATABASE_URL is not a URL: write postgres://user:password@host/name, with # / ? @ in the password as %23 %2F %3F %40.",
    );
  const mayPrepare = address.searchParams.get("prepare") !== "false";
  address.searchParams.delete("prepare");
  readSsl(address.searchParams);
  const saysIdle = address.searchParams.has("idle_in_transaction_session_timeout");
  return { connectionString: address.href, mayPrepare, saysIdle };
}

function readSsl(parameters: URLSearchParams): void {
  const ssl = parameters.get("ssl");
  if (ssl !== null && !sslSwitches.includes(ssl)) refuse("ssl", sslSwitches);
  // The driver takes any other word for yes.
  if (ssl === "false") parameters.set("ssl", "0");
  if (parameters.get("sslrootcert") === "system") trustPublicAuthorities(parameters);
  const mode = parameters.get("sslmode");
  if (mode === "verify-ca" && !parameters.has("sslrootcert"))
    throw new SeatrialError(
      "invalid_configuration",
      "In SEATRIAL_DATABASE_URL sslmode=verify-ca needs sslrootcert=<file>, as in libpq.",
    );
  if (mode !== null && !sslModes.includes(mode)) refuse("sslmode", sslModes);
  // The driver's own reading verifies with each mode but this one, which in turn libpq's does not know.
  if (mode !== null && mode !== "no-verify" && !parameters.has("uselibpqcompat"))
    parameters.set("uselibpqcompat", "true");
}

/** The driver would read a file of this name; without one it trusts the authorities that Node does. */
function trustPublicAuthorities(parameters: URLSearchParams): void {
  if ((parameters.get("sslmode") ?? "verify-full") !== "verify-full")
    throw new SeatrialError(
      "invalid_configuration",
      "In SEATRIAL_DATABASE_URL sslrootcert=system goes with sslmode=verify-full only.",
    );
  parameters.delete("sslrootcert");
  parameters.set("sslmode", "verify-full");
}

function refuse(parameter: string, known: readonly string[]): never {
  const hint = parameter === "ssl" ? "; for anything else write sslmode=…" : "";
  throw new SeatrialError(
    "invalid_configuration",
    `In SEATRIAL_DATABASE_URL ${parameter} is one of ${known.join(", ")}${hint}.`,
  );
}
