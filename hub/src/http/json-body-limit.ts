import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";

/**
 * Reports of a whole cluster or environment: thousands of objects by name and UID; and what a forge
 * tells of a commit or a repository: thousands of paths, a thousand pull requests.
 */
const isLargeReport = (path: string) =>
  /^\/agent\/v\d+\/(sweep|operations\/[^/]+\/finish)$/.test(path) ||
  /^\/worker\/v1\/pull-requests\/[^/]+\/commits\/[^/]+\/source$/.test(path) ||
  /^\/worker\/v1\/repositories\/[^/]+\/seen$/.test(path);

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

/** Refuses large bodies before they are parsed. `PUT` routes and webhooks take raw streams and count for themselves. */
export const jsonBodyLimit = createMiddleware((c, next) => {
  const { method, path } = c.req;
  if (method === "PUT" || path.startsWith("/v1/webhooks/")) return next();
  return (isLargeReport(path) ? large : usual)(c, next);
});
