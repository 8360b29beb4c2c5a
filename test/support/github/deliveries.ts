import { createHmac, randomUUID } from "node:crypto";
import { complete } from "./complete.ts";
import { findFaults, webhookSchema } from "./description.ts";
import type { JsonObject } from "./json.ts";
import type { WebhookName } from "./operations.ts";

/** Where webhooks go. `fetch` as a test needs it, such as one that trusts the hub's certificate. */
export type HookTarget = {
  readonly url: string;
  readonly secret: string;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
};
export type Delivery = {
  /** The same for a redelivery. */
  readonly id: string;
  readonly event: string;
  readonly action: string | null;
  readonly body: string;
  /** Of each time that it was sent; `status` null: nobody answered. */
  readonly answers: { readonly status: number | null; readonly body: string }[];
};
/** `now`: sent while the person's action waits. `hold`: kept until `release`. `lose`: never sent, as on a bad day. */
export type DeliveryMode = "now" | "hold" | "lose";

export type Deliveries = {
  /** Everything that happened, in its order, whether it was sent or not. */
  readonly all: Delivery[];
  mode: DeliveryMode;
  target: HookTarget | null;
  readonly held: Delivery[];
  /** An event with what it says; the rest is completed by the description. */
  happen(name: WebhookName, fields: JsonObject): Promise<Delivery>;
  send(delivery: Delivery): Promise<Delivery>;
};

export function createDeliveries(violate: (what: string) => void): Deliveries {
  const deliveries: Deliveries = {
    ...{ all: [], mode: "now", target: null, held: [] },
    async happen(name, fields) {
      const delivery = toDelivery(name, fields, violate);
      deliveries.all.push(delivery);
      if (deliveries.mode === "hold") deliveries.held.push(delivery);
      return deliveries.mode === "now" ? deliveries.send(delivery) : delivery;
    },
    async send(delivery) {
      const { target } = deliveries;
      if (target === null) return delivery;
      try {
        const answer = await (target.fetch ?? fetch)(target.url, {
          ...{ method: "POST", body: delivery.body, redirect: "manual" },
          headers: headersOf(delivery, target.secret),
        });
        delivery.answers.push({ status: answer.status, body: await answer.text() });
      } catch (error) {
        // GitHub does not send it again by itself either.
        delivery.answers.push({ status: null, body: String(error) });
      }
      return delivery;
    },
  };
  return deliveries;
}

function toDelivery(name: WebhookName, fields: JsonObject, violate: (what: string) => void): Delivery {
  const schema = webhookSchema(name);
  const whole = complete(schema, fields);
  for (const fault of findFaults(schema, whole)) violate(`the fake server's own webhook ${name}: ${fault}`);
  const event = ["pull-request", "issue-comment", "check-run"].find((each) => name.startsWith(each));
  return {
    id: randomUUID(),
    event: event?.replace("-", "_") ?? name.split("-")[0] ?? name,
    action: typeof fields.action === "string" ? fields.action : null,
    body: JSON.stringify(whole),
    answers: [],
  };
}

function headersOf({ id, event, body }: Delivery, secret: string): Record<string, string> {
  const signature = (algorithm: string) => createHmac(algorithm, secret).update(body).digest("hex");
  return {
    accept: "*/*",
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/044aadd",
    "x-github-delivery": id,
    "x-github-event": event,
    "x-github-hook-id": "1",
    "x-github-hook-installation-target-type": "integration",
    "x-hub-signature": `sha1=${signature("sha1")}`,
    "x-hub-signature-256": `sha256=${signature("sha256")}`,
  };
}
