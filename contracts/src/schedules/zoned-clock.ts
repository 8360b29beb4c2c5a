const formats = new Map<string, Intl.DateTimeFormat>();

/** How far a zone's clocks are ahead of UTC at an instant, in milliseconds. Throws RangeError for an unknown zone. */
export function offsetAt(timezone: string, instant: number): number {
  const wall: Record<string, number> = {};
  for (const { type, value } of formatOf(timezone).formatToParts(instant)) wall[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = wall;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1_000) * 1_000;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    ...{ timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric" },
    ...{ hour: "numeric", minute: "numeric", second: "numeric" },
  });
  formats.set(timeZone, format);
  return format;
}

/** Why this is no name of the IANA time-zone database as servers spell it; null when it is one. */
export function timezoneProblem(timezone: string): string | null {
  const example = "as in Europe/Berlin or UTC";
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/.test(timezone))
    return `is no name of a time zone: write one, ${example}`;
  try {
    const { timeZone } = new Intl.DateTimeFormat("en-US", { timeZone: timezone }).resolvedOptions();
    // Here names may be written in any case; where the times are kept they may not.
    const isOther = timeZone !== timezone && timeZone.toLowerCase() === timezone.toLowerCase();
    return isOther ? `is written ${timeZone}` : null;
  } catch {
    return `is no time zone that is known: write one, ${example}`;
  }
}
