import { type CommentTelling, seeComment } from "../pull-requests/see-comment.ts";
import { commentEventSchema, isPerson } from "./payloads.ts";
import type { Take } from "./take-event.ts";

/** A comment of a person on a pull request that addresses Seatrial is a command. */
export function readComment(payload: unknown, action: string): Take | string {
  if (action !== "created") return `nothing follows from issue_comment.${action}`;
  const { issue, comment } = commentEventSchema.parse(payload);
  if (issue.pull_request === undefined || issue.pull_request === null)
    return "the comment is on an issue, not on a pull request";
  const { user } = comment;
  if (!isPerson(user)) return "bots give no commands";
  const telling: CommentTelling = {
    commentId: comment.id,
    number: issue.number,
    login: user.login,
    body: comment.body ?? "",
    createdAt: comment.created_at ? new Date(comment.created_at).toISOString() : null,
  };
  return (tx, wake, repository, at) => seeComment(tx, wake, repository, telling, at);
}
