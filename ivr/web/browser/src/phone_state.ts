// What a phone in a page can be, what moves it, and why it is down. Pure: no
// browser, no clock. phone.ts acts; the page finds the words for each reason.

/** What the phone is doing, as the telecaller must know it. */
export type PhoneState =
  | "off" // not started, or stopped
  | "connecting" // on the way to the server, for the first time or again
  | "registered" // the server can ring it; no leg yet
  | "up" // the leg stands and sound flows
  | "down"; // it does not work, and the reason says why

/** Why it is down. Each has one thing that a person can do about it. */
export type DownReason =
  | "no_network" // the machine itself is offline: look at the cable or Wi-Fi
  | "not_reachable" // the server does not answer: it is tried again by itself
  | "certificate_not_trusted" // the server is there, the browser refuses it
  | "refused" // the server does not know this phone's password: sign in again
  | "insecure_page" // opened without https: no browser gives a microphone then
  | "microphone_refused" // the browser or its user said no
  | "no_microphone" // none is plugged in
  | "microphone_busy" // another program holds it
  | "no_sound"; // the leg stands, and nothing arrives: a firewall eats the voice

export type PhoneEvent =
  | { kind: "started" }
  | { kind: "stopped" }
  | { kind: "registered" }
  | { kind: "lost"; reason: DownReason } // the connection to the server
  | { kind: "refused" }
  | { kind: "leg_up"; legId: string }
  | { kind: "leg_down" }
  | { kind: "broken"; reason: DownReason } // microphone or sound
  | { kind: "mended" };

export interface PhoneNews {
  readonly state: PhoneState;
  readonly reason: DownReason | null;
  readonly legId: string | null; // "up", and while the connection is away
  readonly isConnected: boolean; // to the server; a leg lives on without for a while
}

export const OFF: PhoneNews = {
  state: "off",
  reason: null,
  legId: null,
  isConnected: false,
};

/** What a microphone that is not there may do to the phone: nothing else lasts so. */
const LASTING: ReadonlySet<DownReason> = new Set([
  "refused",
  "insecure_page",
  "microphone_refused",
  "no_microphone",
  "microphone_busy",
]);

/** Return what the phone is after `event`; the same value when nothing changed. */
export function advance(now: PhoneNews, event: PhoneEvent): PhoneNews {
  const then = moved(now, event);
  const isSame =
    then.state === now.state &&
    then.reason === now.reason &&
    then.legId === now.legId &&
    then.isConnected === now.isConnected;
  return isSame ? now : then;
}

function moved(now: PhoneNews, event: PhoneEvent): PhoneNews {
  switch (event.kind) {
    case "started":
      return now.state === "off" ? { ...OFF, state: "connecting" } : now;
    case "stopped":
      return now.state === "off" ? now : OFF;
    case "registered":
      if (now.state === "off") return now;
      return settled({ ...now, isConnected: true });
    case "lost":
      if (now.state === "off") return now;
      // A leg's sound goes its own way: it may outlive the connection.
      if (now.legId !== null) return { ...now, isConnected: false };
      if (isLasting(now)) return { ...now, isConnected: false };
      return { ...now, state: "down", reason: event.reason, isConnected: false };
    case "refused":
      if (now.state === "off") return now;
      return { state: "down", reason: "refused", legId: now.legId, isConnected: false };
    case "leg_up":
      if (now.state === "off") return now;
      return { state: "up", reason: null, legId: event.legId, isConnected: now.isConnected };
    case "leg_down":
      if (now.legId === null) return now;
      return settled({ ...now, legId: null });
    case "broken":
      if (now.state === "off") return now;
      return { ...now, state: "down", reason: event.reason };
    case "mended":
      if (now.state !== "down") return now;
      return settled({ ...now, reason: null, state: "connecting" });
  }
}

function isLasting(now: PhoneNews): boolean {
  return now.state === "down" && now.reason !== null && LASTING.has(now.reason);
}

/** Return the state that follows from what stands, unless something lasting is wrong. */
function settled(now: PhoneNews): PhoneNews {
  if (isLasting(now) && now.reason !== "refused") return now;
  if (now.legId !== null) return { ...now, state: "up", reason: null };
  const state = now.isConnected ? "registered" : "connecting";
  return { ...now, state, reason: null };
}

/** Say why a connection did not come about, as far as a browser lets anybody know.
 *
 * A page is never told that a certificate was refused. But where the server itself
 * says that it takes phones, and this page never reached it, that is what is left.
 */
export function whyLost(facts: {
  isOnline: boolean;
  wasEverConnected: boolean;
  serverTakesPhones: boolean | null; // null: nobody could be asked
}): DownReason {
  if (!facts.isOnline) return "no_network";
  if (!facts.wasEverConnected && facts.serverTakesPhones === true) {
    return "certificate_not_trusted";
  }
  return "not_reachable";
}

/** Return the reason for a getUserMedia error's name. */
export function whyNoMicrophone(errorName: string): DownReason {
  switch (errorName) {
    case "NotAllowedError":
    case "SecurityError":
      return "microphone_refused";
    case "NotReadableError":
    case "AbortError":
      return "microphone_busy";
    default: // NotFoundError, OverconstrainedError
      return "no_microphone";
  }
}

/** Return how loud samples of -1 to 1 are: 0 for silence to 1 for full scale.
 *
 * In decibels from -60 to 0, as ears judge it: ordinary speech shows half or more.
 */
export function loudness(samples: ArrayLike<number>): number {
  if (samples.length === 0) return 0;
  let power = 0;
  for (let at = 0; at < samples.length; at += 1) {
    const sample = samples[at] ?? 0;
    power += sample * sample;
  }
  const decibels = 10 * Math.log10(power / samples.length + 1e-12);
  return Math.min(1, Math.max(0, 1 + decibels / 60));
}

/** Return the keys of `typed` that a telephone has, in order. */
export function keysOf(typed: string): string {
  return typed.toUpperCase().replace(/[^0-9*#A-D]/g, "");
}

/** Judges whether sound arrives, from counts of packets taken at steady times. */
export interface Arrivals {
  readonly packets: number;
  readonly stillFor: number; // looks in a row at which none had come
}

export const NOTHING_YET: Arrivals = { packets: 0, stillFor: 0 };

/** Return the judgement after one more look at the count. */
export function looked(before: Arrivals, packets: number): Arrivals {
  const stillFor = packets > before.packets ? 0 : before.stillFor + 1;
  return { packets, stillFor };
}
