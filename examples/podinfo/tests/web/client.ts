import { baseUrl } from "./config.ts";

export async function getJson(path: string): Promise<Record<string, string>> {
  const answer = await fetch(baseUrl + path);
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return (await answer.json()) as Record<string, string>;
}

/** The word that a visitor is greeted with: the first of podinfo's message. */
export async function greetingWord(): Promise<string> {
  const { message = "" } = await getJson("/api/info");
  return message.split(" ")[0] ?? "";
}
