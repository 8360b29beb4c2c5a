import { describe, expect, it } from "vitest";
import {
  environmentProcessVariables,
  environmentReferences,
  environmentVariableNames,
  fillEnvironment,
} from "./environment-variables.ts";

const environment = {
  id: "e-abc",
  namespace: "shop-preview-abc",
  endpoints: [{ name: "web-ui", url: "http://web.shop:8080", host: "web.shop", port: 8080 }],
};

describe("what tests are told of their environment", () => {
  it("is filled in wherever a text names it, and nothing else is touched", () => {
    const text =
      "curl ${environment.web-ui.url}/a?n=${ environment.namespace }&p=${environment.web-ui.port} $HOME ${X}";
    expect(fillEnvironment(text, environment)).toBe(
      "curl http://web.shop:8080/a?n=shop-preview-abc&p=8080 $HOME ${X}",
    );
  });

  it("is empty for an endpoint that is not published", () => {
    expect(fillEnvironment("[${environment.api.url}${environment.web-ui.colour}]", environment)).toBe("[]");
  });

  it("is in process variables, with names a shell takes", () => {
    expect(environmentProcessVariables(environment)).toEqual({
      SEATRIAL_ENVIRONMENT_ID: "e-abc",
      SEATRIAL_ENVIRONMENT_NAMESPACE: "shop-preview-abc",
      SEATRIAL_ENVIRONMENT_WEB_UI_URL: "http://web.shop:8080",
      SEATRIAL_ENVIRONMENT_WEB_UI_HOST: "web.shop",
      SEATRIAL_ENVIRONMENT_WEB_UI_PORT: "8080",
    });
  });

  it("can be listed, so that a wrong name is refused before anything is made", () => {
    expect(environmentReferences("${environment.web.url} ${change.sha} ${environment.id}")).toEqual([
      "web.url",
      "id",
    ]);
    expect(environmentVariableNames(["web"])).toEqual(["id", "namespace", "web.url", "web.host", "web.port"]);
  });
});
