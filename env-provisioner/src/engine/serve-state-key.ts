import { hkdfSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** How the engine is told of the key: its secrets provider, the wrapped key, and the address to have it opened at. */
export type StateKeyService = {
  secretsProvider: string;
  /** Goes into the stack's settings. It says nothing: the service knows the key. */
  encryptedKey: string;
  environment: Record<string, string>;
  close: () => void;
};

const wrapped = "vault:v1:seatrial";

/**
 * Answers the one question the engine has for a key: it asks a Vault "transit" service to open its wrapped data key
 * (gocloud.dev/secrets/hashivault). A passphrase instead costs a million rounds of PBKDF2 in each process. The data key
 * is derived from the environment's key; a token that only the engine's process knows keeps others out.
 */
export async function serveStateKey(stateKey: Uint8Array): Promise<StateKeyService> {
  const token = randomBytes(24).toString("hex");
  const dataKey = Buffer.from(hkdfSync("sha256", stateKey, "", "seatrial engine secrets", 32));
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader("content-type", "application/json");
    if (request.headers["x-vault-token"] !== token) {
      response.statusCode = 403;
      response.end('{"errors":["permission denied"]}');
    } else if (request.url?.startsWith("/v1/transit/decrypt/")) {
      response.end(JSON.stringify({ data: { plaintext: dataKey.toString("base64") } }));
    } else {
      response.statusCode = 404;
      response.end('{"errors":[]}');
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    secretsProvider: "hashivault://seatrial",
    encryptedKey: Buffer.from(wrapped).toString("base64"),
    environment: { VAULT_SERVER_URL: `http://127.0.0.1:${port}`, VAULT_SERVER_TOKEN: token },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
