import assert from "node:assert/strict";
import { test } from "node:test";
import { mono, wavOf } from "../src/wav.ts";

test("a WAV file says its rate and length, and holds the samples", () => {
  const file = wavOf(new Float32Array([0, 1, -2]), 48000);
  const view = new DataView(file.buffer);
  assert.equal(new TextDecoder().decode(file.slice(0, 4)), "RIFF");
  assert.equal(view.getUint32(24, true), 48000);
  assert.equal(view.getUint32(40, true), 6);
  assert.deepEqual([44, 46, 48].map((at) => view.getInt16(at, true)), [0, 32767, -32767]);
});

test("two channels become one", () => {
  const one = mono([new Float32Array([1, 0]), new Float32Array([0, 0.5])]);
  assert.deepEqual([...one], [0.5, 0.25]);
});
