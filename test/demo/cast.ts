/** A recording of a terminal: https://docs.asciinema.org/manual/asciicast/v2/ */
export type Cast = { readonly columns: number; readonly rows: number; readonly events: CastEvent[] };
/** Seconds since the start, and what was written. */
export type CastEvent = readonly [seconds: number, text: string];

export type CastRecorder = { readonly cast: Cast; readonly write: (text: string) => void };

/** Notes what is written and when. `now` in milliseconds. */
export function createCastRecorder(size: { columns: number; rows: number }, now: () => number): CastRecorder {
  const began = now();
  const cast: Cast = { ...size, events: [] };
  return {
    cast,
    write(text) {
      // A terminal's line break alone does not go back to the first column.
      const seconds = Math.round(now() - began) / 1_000;
      cast.events.push([seconds, text.replace(/\r?\n/g, "\r\n")]);
    },
  };
}

export function formatCast(cast: Cast, fields: { title: string; madeAt: Date }): string {
  const header = {
    version: 2,
    width: cast.columns,
    height: cast.rows,
    timestamp: Math.floor(fields.madeAt.getTime() / 1_000),
    title: fields.title,
    env: { TERM: "xterm-256color" },
  };
  const events = cast.events.map(([seconds, text]) => JSON.stringify([seconds, "o", text]));
  return `${[JSON.stringify(header), ...events].join("\n")}\n`;
}
