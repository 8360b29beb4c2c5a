import { safeLine } from "../terminal/safe-text.ts";
import { defaultPort } from "./choose-defaults.ts";
import type { Choice, Found, FoundEnvironment } from "./found.ts";

/** How people are asked; each answers null when they stop. */
export type Questions = {
  select: <T>(question: {
    message: string;
    options: { value: T; label: string; hint?: string }[];
    initialValue: T;
  }) => Promise<T | null>;
  selectMany: <T>(question: {
    message: string;
    options: { value: T; label: string; hint?: string }[];
    initialValues: T[];
  }) => Promise<T[] | null>;
  confirm: (question: { message: string; initialValue: boolean }) => Promise<boolean | null>;
};

/** Asks what of it to use; what has one answer is not asked. Null: somebody stopped. */
export async function askChoices(found: Found, questions: Questions): Promise<Choice | null> {
  const environment = await askEnvironment(found, questions);
  if (environment === undefined) return null;
  const port = environment === null ? null : await askPort(environment, questions);
  if (port === undefined) return null;
  const suites =
    found.suites.length < 2
      ? found.suites
      : await questions.selectMany({
          message: "Which tests are suites?",
          options: found.suites.map((suite, value) => ({
            value,
            label: suite.name,
            hint: safeLine(suite.because, 60),
          })),
          initialValues: found.suites.map((_suite, index) => index),
        });
  if (suites === null) return null;
  const onPullRequests = await questions.confirm({
    message: "Shall each commit of a pull request run them?",
    initialValue: true,
  });
  if (onPullRequests === null) return null;
  return {
    environment,
    port,
    suites: suites.flatMap((one) => (typeof one === "number" ? (found.suites[one] ?? []) : one)),
    onPullRequests,
  };
}

/** Undefined: somebody stopped. */
async function askEnvironment(
  { environments }: Found,
  questions: Questions,
): Promise<FoundEnvironment | null | undefined> {
  if (environments.length === 0) return null;
  const answer = await questions.select({
    message: "What is a preview made of?",
    options: [
      ...environments.map(({ kind, path }, value) => ({ value, label: path, hint: kind })),
      { value: -1, label: "no environment", hint: "tests that need nothing that runs" },
    ],
    initialValue: 0,
  });
  return answer === null ? undefined : (environments[answer] ?? null);
}

async function askPort(
  environment: FoundEnvironment,
  questions: Questions,
): Promise<number | null | undefined> {
  const initial = defaultPort(environment);
  if (environment.ports.length < 2 || initial === null) return initial;
  const answer = await questions.select({
    message: "Which port do its tests use?",
    options: environment.ports.map(({ port, name, from }) => ({
      value: port,
      label: String(port),
      hint: safeLine(name ?? from, 60),
    })),
    initialValue: initial,
  });
  return answer ?? undefined;
}
