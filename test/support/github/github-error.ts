/** An answer of GitHub that is an error; `errors` as validation errors have them. */
export class GitHubError extends Error {
  readonly status: 401 | 403 | 404 | 409 | 422;
  readonly errors: readonly string[];

  constructor(status: GitHubError["status"], message: string, errors: readonly string[] = []) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

export function notFound(): GitHubError {
  return new GitHubError(404, "Not Found");
}

/** A violated rule that is GitHub's own and not in the description, such as a limit. */
export function invalid(...errors: string[]): GitHubError {
  return new GitHubError(422, "Validation Failed", errors);
}
