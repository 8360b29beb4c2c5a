import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type PostgresProxy = {
  /** The database's URL, by way of the proxy. */
  readonly url: string;
  /** Breaks a connection that sends this, until told otherwise. */
  breakAt(text: string | null): void;
  /** From now on nothing comes through the connections there are, and none is closed. New ones work. */
  vanish(): void;
  stop(): Promise<void>;
};

/** Stands between a client and the database of a `PostgresServer`, as an unreliable network does. */
export async function startPostgresProxy(databaseUrl: string): Promise<PostgresProxy> {
  const address = new URL(databaseUrl);
  const path = `${address.searchParams.get("host")}/.s.PGSQL.5432`;
  const sockets = new Set<Socket>();
  let breaking: string | null = null;
  let network = 0;
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ path, allowHalfOpen: true });
    const own = network;
    near.on("data", (data) => {
      if (breaking !== null && data.includes(breaking)) near.destroy();
    });
    join(near, far, () => own === network);
    join(far, near, () => own === network);
    for (const socket of [near, far]) sockets.add(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `postgres://postgres@127.0.0.1:${(server.address() as AddressInfo).port}${address.pathname}`,
    breakAt: (text) => {
      breaking = text;
    },
    vanish: () => {
      network += 1;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function join(from: Socket, to: Socket, isThere: () => boolean): void {
  from.on("error", () => undefined);
  from.on("data", (data) => isThere() && !from.destroyed && to.write(data));
  from.on("end", () => isThere() && to.end());
  from.on("close", () => isThere() && to.destroy());
}
