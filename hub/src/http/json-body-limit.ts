import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";

/**
 * Reports of a whole cluster or environment: thousands of objects by name and UID; and what a forge
 * tells of a commit or a repository: thousands of paths, a thousand pull requests.
 */
const isLargeReport = (path: string) =>
  /^\/agent\/v1\/(sweep|operations\/[^/]+\/finish)$/.test(path) ||
  /^\/worker\/v1\/pull-requests\/[^/]+\/commits\/[^/]+\/source$/.test(path) ||
  /^\/worker\/v1\/repositories\/[^/]+\/seen$/.test(path);

/** GitHub sends at most 25 MB (https://docs.github.com/webhooks/webhook-events-and-payloads#payload-cap). */
const webhookBytes = 25 * 1_048_576;

const limitOf = (maxSize: number) =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new SeatrialError(
        "payload_too_large",
        `The body is larger than ${maxSize} bytes, the most for this route.`,
      );
    },
  });
const usual = limitOf(limits.jsonBodyBytes);
const large = limitOf(limits.jsonReportBytes);
const webhook = limitOf(webhookBytes);

/** Refuses large bodies before they are parsed. `PUT` routes take raw streams and count for themselves. */
export const jsonBodyLimit = createMiddleware((c, next) => {
  if (c.req.method === "PUT") return next();
  const limit = c.req.path === "/v1/webhooks/github" ? webhook : isLargeReport(c.req.path) ? large : usual;
  return limit(c, next);
});
