import type { Client } from "pg";
import { wrapQuery } from "./wrap-query.ts";

/**
 * Breaks a connection that leaves a question unanswered for so long. Of a server whose machine vanished the kernel tells
 * only after some 15 minutes (`tcp_retries2` in Linux's ip-sysctl): keep-alive rests while something is unanswered. The
 * driver's own `query_timeout` would leave the question on the connection, and give that to the next who asks.
 */
export function limitAnswers(client: Client, answerMs: number): void {
  const giveUp = () =>
    client.connection.stream.destroy(new Error(`The database has not answered within ${answerMs} ms.`));
  wrapQuery(client, (ask) => async (query, parameters) => {
    const late = setTimeout(giveUp, answerMs);
    return ask(query, parameters).finally(() => clearTimeout(late));
  });
}
