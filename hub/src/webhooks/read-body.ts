import { SeatrialError } from "@seatrial/contracts/errors.ts";

/** GitHub sends at most 25 MB (https://docs.github.com/webhooks/webhook-events-and-payloads#payload-cap). */
const mostBytes = 25 * 1_048_576;
/** Nearly all events are smaller, and none of those is ever refused for others. */
const smallBytes = 1_048_576;
/** Of all bodies that are held at once, what each has beyond `smallBytes`. */
const heldBytes = 64 * 1_048_576;

type Work<Answer> = (body: Uint8Array) => Promise<Answer>;

/**
 * Reads bodies whose senders nobody knows yet, and holds each while `work` goes on. Throws `payload_too_large`, and
 * `unavailable` when too much of large ones is held at once: the sender's next sweep or repeat makes up for it.
 */
export function createBodyReader(limits = { mostBytes, smallBytes, heldBytes }) {
  let held = 0;
  return async <Answer>(request: Request, work: Work<Answer>): Promise<Answer> => {
    let own = 0;
    const hold = (total: number) => {
      if (total > limits.mostBytes) throw tooLarge(limits.mostBytes);
      const more = Math.max(0, total - limits.smallBytes) - own;
      if (held + more > limits.heldBytes) throw tooMany();
      held += more;
      own += more;
    };
    try {
      return await work(await readAll(request, hold));
    } finally {
      held -= own;
    }
  };
}

async function readAll(request: Request, hold: (total: number) => void): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  // Leaving the loop by an error cancels the stream.
  for await (const chunk of request.body ?? []) {
    total += chunk.byteLength;
    hold(total);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, total);
}

function tooLarge(most: number): SeatrialError {
  return new SeatrialError(
    "payload_too_large",
    `The body is larger than ${most} bytes, the most for this route.`,
  );
}

function tooMany(): SeatrialError {
  return new SeatrialError("unavailable", "Too many large webhooks came at once: send it again later.");
}
