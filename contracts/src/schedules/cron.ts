/** What a cron expression matches: the values of each field, Sunday as 0. */
export type Cron = {
  minutes: ReadonlySet<number>;
  hours: ReadonlySet<number>;
  daysOfMonth: ReadonlySet<number>;
  months: ReadonlySet<number>;
  daysOfWeek: ReadonlySet<number>;
};

type Field = { name: string; least: number; most: number; words: readonly string[] };

const monthWords = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const dayWords = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const fields = {
  minutes: { name: "minute", least: 0, most: 59, words: [] },
  hours: { name: "hour", least: 0, most: 23, words: [] },
  daysOfMonth: { name: "day of month", least: 1, most: 31, words: [] },
  months: { name: "month", least: 1, most: 12, words: monthWords },
  daysOfWeek: { name: "day of week", least: 0, most: 7, words: dayWords },
} as const satisfies Record<keyof Cron, Field>;

const itemPattern = /^(?:\*|([0-9]{1,2}|[a-z]{3})(?:-([0-9]{1,2}|[a-z]{3}))?)(?:\/([0-9]{1,2}))?$/;

/**
 * Reads five fields as Temporal does (server/service/worker/scheduler/calendar.go): `*`, numbers, three-letter names
 * of months and days, ranges, lists and steps; `5/15` goes on to the field's end. A time must match **all** fields,
 * also both days. Answers with what is wrong where it is no such expression.
 */
export function parseCron(text: string): { cron: Cron; problem?: never } | { cron?: never; problem: string } {
  const parts = text.trim().toLowerCase().split(/\s+/);
  if (parts.length !== 5)
    return {
      problem: `has ${parts.length} fields: write minute, hour, day of month, month and day of week, as in 0 2 * * 1-5`,
    };
  const read = (field: Field, index: number) => readField(field, parts[index] ?? "");
  try {
    const cron = {
      minutes: read(fields.minutes, 0),
      hours: read(fields.hours, 1),
      daysOfMonth: read(fields.daysOfMonth, 2),
      months: read(fields.months, 3),
      daysOfWeek: new Set([...read(fields.daysOfWeek, 4)].map((day) => day % 7)),
    };
    return { cron };
  } catch (error) {
    if (error instanceof FieldProblem) return { problem: error.message };
    throw error;
  }
}

class FieldProblem extends Error {}

function readField(field: Field, text: string): ReadonlySet<number> {
  return new Set(text.split(",").flatMap((item) => readItem(field, item)));
}

function readItem(field: Field, item: string): number[] {
  const match = itemPattern.exec(item);
  if (match === null) throw wrong(field, item);
  const [, first, last, stepText] = match;
  const step = stepText === undefined ? 1 : Number(stepText);
  const start = first === undefined ? field.least : readValue(field, first, item);
  const single = stepText === undefined ? start : field.most;
  const end = first === undefined ? field.most : last === undefined ? single : readValue(field, last, item);
  if (step < 1 || end < start) throw wrong(field, item);
  const values: number[] = [];
  for (let value = start; value <= end; value += step) values.push(value);
  return values;
}

function readValue(field: Field, text: string, item: string): number {
  const word = field.words.indexOf(text);
  const value = word >= 0 ? word + (field.least === 0 ? 0 : 1) : Number(text);
  if (Number.isNaN(value) || value < field.least || value > field.most) throw wrong(field, item);
  return value;
}

function wrong({ name, least, most, words }: Field, item: string): FieldProblem {
  const named = words.length === 0 ? "" : ` or ${words[0]} to ${words.at(-1)}`;
  return new FieldProblem(
    `has "${item.slice(0, 20)}" as ${name}: write ${least} to ${most}${named}, *, lists (1,15), ranges (1-5), steps (*/10)`,
  );
}
