import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";

/** Reports of a whole cluster or environment: thousands of objects by name and UID. */
const isLargeReport = (path: string) => /^\/agent\/v1\/(sweep|operations\/[^/]+\/finish)$/.test(path);

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

/** Refuses large bodies before they are parsed. `PUT` routes take raw streams and count for themselves. */
export const jsonBodyLimit = createMiddleware((c, next) =>
  c.req.method === "PUT" ? next() : (isLargeReport(c.req.path) ? large : usual)(c, next),
);
