// What every request that changes something carries.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { CSRF, csrf, send, sendJson } from "../src/post.ts";

let sent: { path: string; init: RequestInit };

beforeEach(() => {
  const page = { querySelector: (what: string) => (what === 'meta[name="csrf"]' ? { content: "token" } : null) };
  Object.assign(globalThis, {
    document: page,
    fetch: (path: string, init: RequestInit) => {
      sent = { path, init };
      return Promise.resolve(new Response());
    },
  });
});

test("the token of the page goes with it", async () => {
  assert.equal(csrf(), "token");
  await send("/prompts/say", new URLSearchParams({ text: "क" }));
  assert.equal(sent.path, "/prompts/say");
  assert.equal(sent.init.method, "POST");
  assert.deepEqual(sent.init.headers, { [CSRF]: "token" });
});

test("a value goes as JSON, and an answer in JSON is asked for", async () => {
  await sendJson("/api/v1/flows/a", { revision: 3 }, "PUT");
  assert.equal(sent.init.method, "PUT");
  assert.equal(sent.init.body, '{"revision":3}');
  assert.deepEqual(sent.init.headers, {
    "Content-Type": "application/json",
    Accept: "application/json",
    [CSRF]: "token",
  });
});

test("what has no body sends none", async () => {
  await sendJson("/api/v1/flows", undefined, "GET");
  assert.equal("body" in sent.init, false);
});
