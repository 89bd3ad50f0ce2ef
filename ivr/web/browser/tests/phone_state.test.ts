// What a phone is after each event, and why it is down.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  advance,
  keysOf,
  looked,
  loudness,
  NOTHING_YET,
  OFF,
  whyLost,
  whyNoMicrophone,
  type PhoneEvent,
  type PhoneNews,
} from "../src/phone_state.ts";

function after(...events: PhoneEvent[]): PhoneNews {
  return events.reduce(advance, OFF);
}

const STARTED: PhoneEvent = { kind: "started" };
const REGISTERED: PhoneEvent = { kind: "registered" };
const LEG_UP: PhoneEvent = { kind: "leg_up", legId: "d-1" };
const LEG_DOWN: PhoneEvent = { kind: "leg_down" };
const LOST: PhoneEvent = { kind: "lost", reason: "not_reachable" };

test("a phone connects, is registered, takes its leg and gives it back", () => {
  assert.equal(after(STARTED).state, "connecting");
  assert.equal(after(STARTED, REGISTERED).state, "registered");
  assert.deepEqual(after(STARTED, REGISTERED, LEG_UP), {
    state: "up",
    reason: null,
    legId: "d-1",
    isConnected: true,
  });
  assert.equal(after(STARTED, REGISTERED, LEG_UP, LEG_DOWN).state, "registered");
});

test("a lost connection is down with its reason until it is back", () => {
  const lost = after(STARTED, REGISTERED, LOST);
  assert.deepEqual([lost.state, lost.reason], ["down", "not_reachable"]);
  assert.equal(advance(lost, REGISTERED).state, "registered");
});

test("a leg outlives a lost connection, and says so", () => {
  const away = after(STARTED, REGISTERED, LEG_UP, LOST);
  assert.deepEqual([away.state, away.isConnected, away.legId], ["up", false, "d-1"]);
  assert.equal(advance(away, REGISTERED).isConnected, true);
  assert.equal(advance(away, LEG_DOWN).state, "connecting");
});

test("a refused microphone stays the reason while the connection comes and goes", () => {
  const broken = after(STARTED, { kind: "broken", reason: "microphone_refused" });
  for (const event of [REGISTERED, LOST, REGISTERED]) {
    assert.equal(advance(broken, event).reason, "microphone_refused");
  }
  assert.equal(advance(broken, { kind: "mended" }).state, "connecting");
});

test("a refused password is over once the server has taken the phone", () => {
  const refused = after(STARTED, { kind: "refused" });
  assert.deepEqual([refused.state, refused.reason], ["down", "refused"]);
  assert.equal(advance(refused, LOST).reason, "refused");
  assert.equal(advance(refused, REGISTERED).state, "registered");
});

test("silence on a standing leg is down, and the leg is still known", () => {
  const silent = after(STARTED, REGISTERED, LEG_UP, { kind: "broken", reason: "no_sound" });
  assert.deepEqual([silent.state, silent.legId], ["down", "d-1"]);
  assert.equal(advance(silent, { kind: "mended" }).state, "up");
  assert.equal(advance(silent, LEG_DOWN).state, "registered");
});

test("a phone that is off hears of nothing", () => {
  for (const event of [REGISTERED, LEG_UP, LEG_DOWN, LOST]) {
    assert.equal(advance(OFF, event), OFF);
  }
  assert.deepEqual(after(STARTED, REGISTERED, LEG_UP, { kind: "stopped" }), OFF);
});

test("a certificate is suspected only where the server says that it takes phones", () => {
  const facts = { isOnline: true, wasEverConnected: false, serverTakesPhones: true };
  assert.equal(whyLost(facts), "certificate_not_trusted");
  assert.equal(whyLost({ ...facts, serverTakesPhones: null }), "not_reachable");
  assert.equal(whyLost({ ...facts, serverTakesPhones: false }), "not_reachable");
  assert.equal(whyLost({ ...facts, wasEverConnected: true }), "not_reachable");
  assert.equal(whyLost({ ...facts, isOnline: false }), "no_network");
});

test("each of the browser's errors has a reason that somebody can act on", () => {
  assert.equal(whyNoMicrophone("NotAllowedError"), "microphone_refused");
  assert.equal(whyNoMicrophone("NotReadableError"), "microphone_busy");
  assert.equal(whyNoMicrophone("NotFoundError"), "no_microphone");
  assert.equal(whyNoMicrophone("whatever comes"), "no_microphone");
});

test("the meter shows nothing for silence and all for full scale", () => {
  assert.equal(loudness(new Float32Array(64)), 0);
  assert.equal(loudness(new Float32Array(64).fill(1)), 1);
  assert.equal(loudness([]), 0);
  assert.ok(Math.abs(loudness(new Float32Array(64).fill(0.1)) - 2 / 3) < 0.01);
});

test("only keys that a telephone has are sent", () => {
  assert.equal(keysOf("12 -*#x9"), "12*#9");
});

test("sound has stopped when the count of packets stands still", () => {
  const flowing = looked(looked(NOTHING_YET, 50), 100);
  assert.equal(flowing.stillFor, 0);
  assert.equal(looked(looked(flowing, 100), 100).stillFor, 2);
  assert.equal(looked(looked(flowing, 100), 150).stillFor, 0);
});
