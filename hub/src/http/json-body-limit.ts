import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";

const limit = bodyLimit({
  maxSize: limits.jsonBodyBytes,
  onError: () => {
    throw new SeatrialError(
      "payload_too_large",
      `The body is larger than ${limits.jsonBodyBytes} bytes, the most for this route.`,
    );
  },
});

/** Refuses large bodies before they are parsed. `PUT` routes take raw streams and count for themselves. */
export const jsonBodyLimit = createMiddleware((c, next) =>
  c.req.method === "PUT" ? next() : limit(c, next),
);
