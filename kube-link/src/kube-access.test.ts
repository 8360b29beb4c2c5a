import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTokenReader } from "./kube-access.ts";
import { createKubeClient, type KubeClient } from "./kube-client.ts";

describe("a service account's token", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "seatrial-token-"));
    path = join(folder, "token");
    await writeFile(path, "first\n");
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("is kept for a minute", async () => {
    let elapsed = 5_000;
    const read = createTokenReader(path, () => elapsed);
    expect(await read()).toBe("first");
    await writeFile(path, "second\n");
    elapsed += 60_000;
    expect(await read()).toBe("first");
    elapsed += 1;
    expect(await read()).toBe("second");
  });

  describe("that the API server refuses", () => {
    let kube: KubeClient;
    let accepted: string;
    let asked: (string | undefined)[];
    const server = createServer(async (request, response) => {
      asked.push(request.headers.authorization);
      const body = Buffer.concat(await request.toArray()).toString();
      const isAccepted = request.headers.authorization === `Bearer ${accepted}`;
      response.writeHead(isAccepted ? 200 : 401);
      response.end(
        isAccepted ? body || JSON.stringify({ items: [] }) : JSON.stringify({ reason: "Unauthorized" }),
      );
    });
    beforeEach(async () => {
      accepted = "first";
      asked = [];
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      kube = createKubeClient({
        ...{
          server: `http://127.0.0.1:${port}`,
          caPem: null,
          clientCertificatePem: null,
          clientKeyPem: null,
        },
        token: createTokenReader(path, () => 0),
      });
    });
    afterEach(async () => {
      await kube.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });

    test("is read anew, and the request sent again with the new one", async () => {
      await kube.get("/things");
      accepted = "second";
      await writeFile(path, "second\n");
      expect(await kube.post("/things", { name: "one" })).toEqual({ name: "one" });
      await kube.get("/things");
      expect(asked).toEqual(["Bearer first", "Bearer first", "Bearer second", "Bearer second"]);
    });

    test("is the refusal's reason when there is no newer one", async () => {
      accepted = "another";
      await expect(kube.get("/things")).rejects.toMatchObject({ status: 401, reason: "Unauthorized" });
      expect(asked).toHaveLength(1);
    });
  });
});
