import { SeatrialError } from "@seatrial/contracts/errors.ts";

/** Asks again while the hub is away, as any good client does; every request here may be repeated. */
export async function persist<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const code = error instanceof SeatrialError ? error.code : "";
      if (code !== "unavailable" && code !== "internal") throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
