import { createRoute, z } from "@hono/zod-openapi";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { HubApp, HubDeps } from "../app/hub-deps.ts";
import { jsonAnswer, problemAnswers } from "../http/route-parts.ts";
import { handleWebhook } from "./handle-webhook.ts";
import { createBodyReader } from "./read-body.ts";
import { isSigned, signaturePattern } from "./verify-signature.ts";

const handledSchema = z
  .object({
    /** This delivery was handled before; nothing was done. */
    duplicate: z.boolean(),
    /** Why nothing follows from it; null: something does, or did. */
    ignored: z.string().nullable(),
  })
  .meta({ id: "WebhookAnswer" });

/** Where GitHub tells what happened. Nothing is read of a body before its signature is good. */
export function mountWebhooks(app: HubApp, deps: HubDeps): void {
  const route = createRoute({
    method: "post",
    path: "/v1/webhooks/github",
    tags: ["webhooks"],
    summary: "An event of GitHub, signed by one of the hub's webhook secrets; a repeat does nothing",
    security: [{ webhook: [] }],
    responses: { 200: jsonAnswer(handledSchema, "It is taken"), ...problemAnswers },
  });
  const withBody = createBodyReader();
  app.openapi(route, async (c) => {
    const { githubWebhookSecrets: secrets } = deps.settings;
    if (secrets.length === 0) throw noSecrets();
    const signature = c.req.header("x-hub-signature-256");
    if (!signaturePattern.test(signature ?? "")) throw notSigned();
    const handled = await withBody(c.req.raw, async (body) => {
      if (!isSigned(body, signature, secrets)) throw notSigned();
      const id = headerOf(c.req.header("x-github-delivery"), "X-GitHub-Delivery");
      const event = headerOf(c.req.header("x-github-event"), "X-GitHub-Event");
      return handleWebhook(deps, { id, event, body });
    });
    return c.json(handled, 200);
  });
}

function headerOf(value: string | undefined, name: string): string {
  if (value !== undefined && /^[\x21-\x7e]{1,100}$/.test(value)) return value;
  throw new SeatrialError(
    "invalid_request",
    `The header ${name} is needed: GitHub sends it with each event.`,
  );
}

function noSecrets(): SeatrialError {
  return new SeatrialError(
    "not_found",
    "This hub takes no webhooks: it has no secret for them (SEATRIAL_GITHUB_WEBHOOK_SECRETS).",
  );
}

function notSigned(): SeatrialError {
  return new SeatrialError(
    "unauthenticated",
    "The signature X-Hub-Signature-256 is missing or made with another secret: compare the webhook's secret with the hub's.",
  );
}
