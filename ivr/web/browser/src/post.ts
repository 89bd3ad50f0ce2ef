// Sending to our own server: with the session's CSRF token, which it asks of whatever
// changes something. No other module reads or sends the token.

export const CSRF = "X-CSRF-Token";

/** Return the session's token; "" where nobody has signed in. */
export function csrf(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content ?? "";
}

/** Send `body` as what `headers` say it is; the answer may be a refusal.
 *
 * @throws TypeError when nothing came through.
 */
export function send(
  path: string,
  body: BodyInit | undefined,
  headers: Record<string, string> = {},
  method = "POST",
): Promise<Response> {
  const init: RequestInit = { method, headers: { ...headers, [CSRF]: csrf() } };
  return fetch(path, body === undefined ? init : { ...init, body });
}

/** Send a value as JSON and ask for JSON; `undefined`: no body. */
export function sendJson(path: string, value: unknown, method = "POST"): Promise<Response> {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  return send(path, value === undefined ? undefined : JSON.stringify(value), headers, method);
}
