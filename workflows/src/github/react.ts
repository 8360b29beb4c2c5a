import type { RepositoryForge } from "./create-github.ts";

/** Answers a comment by a thumb. The same again changes nothing. */
export async function react(
  { request, at }: RepositoryForge,
  commentId: number,
  content: "+1" | "-1",
): Promise<void> {
  const route = "POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions";
  await request(route, { ...at, comment_id: commentId, content });
}
