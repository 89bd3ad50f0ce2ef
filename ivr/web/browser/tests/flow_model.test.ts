import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Doc, added, arranged, inOrder, removed, renamed, waysOf, withWay,
} from "../src/flow/model.ts";

const WATER: Doc = {
  flow: "water",
  title: { hi: "पानी" },
  start: "hello",
  opt_out: "stop_calls",
  nodes: {
    hello: { kind: "play", say: "नमस्ते", next: "supply" },
    supply: {
      kind: "menu",
      options: { "1": { meaning: "yes" }, "2": { meaning: "no", goto: "person" } },
      next: "bye",
      on_silence: "bye",
    },
    person: { kind: "telecaller", else: "continue", next: "which" },
    which: { kind: "branch", cases: [{ when: { "answer.supply": "no" }, goto: "bye" }], next: "bye" },
    bye: { kind: "hang_up" },
    stop_calls: { kind: "sub_flow", flow: "opt-out" },
  },
};

test("a node's ways are those of its keys, its cases and its fallbacks", () => {
  assert.deepEqual(waysOf(WATER.nodes.supply!), [
    { port: "option:2", target: "person" },
    { port: "next", target: "bye" },
    { port: "on_silence", target: "bye" },
  ]);
  assert.deepEqual(waysOf(WATER.nodes.person!), [{ port: "next", target: "which" }]);
});

test("a way is led elsewhere, or taken out, and the old document stays", () => {
  const led = withWay(WATER, "supply", "option:1", "bye");
  assert.deepEqual(led.nodes.supply!.options, {
    "1": { meaning: "yes", goto: "bye" }, "2": { meaning: "no", goto: "person" },
  });
  assert.equal("next" in withWay(led, "hello", "next", "").nodes.hello!, false);
  assert.equal(WATER.nodes.hello!.next, "supply");
});

test("a new name goes with every way, and with what branches ask about", () => {
  const doc = renamed(renamed(WATER, "supply", "water"), "hello", "first");
  assert.equal(doc.start, "first");
  assert.equal(doc.nodes.first!.next, "water");
  assert.deepEqual(doc.nodes.which!.cases, [{ when: { "answer.water": "no" }, goto: "bye" }]);
  assert.deepEqual(Object.keys(doc.nodes).slice(0, 2), ["first", "water"]);
});

test("a name that is taken, or is none, changes nothing", () => {
  for (const name of ["bye", "Bye", "return", "दो", ""]) {
    assert.equal(renamed(WATER, "supply", name), WATER);
  }
});

test("no way leads to what was taken out", () => {
  const doc = removed(WATER, "bye");
  assert.deepEqual(Object.values(doc.nodes).flatMap(waysOf).map((way) => way.target), [
    "supply", "person", "which",
  ]);
});

test("a new node has a name of its own", () => {
  const once = added(WATER, "menu");
  assert.deepEqual([once.name, added(once.doc, "menu").name], ["menu_1", "menu_2"]);
});

test("the list is in the order of a call, and leaves nobody out", () => {
  const { doc } = added(WATER, "play");
  assert.deepEqual(inOrder(doc), [
    "hello", "supply", "person", "which", "bye", "stop_calls", "play_1",
  ]);
});

test("nodes without a place get one, and no two the same", () => {
  const places = arranged(WATER, { hello: [500, 500] });
  assert.deepEqual(places.hello, [500, 500]);
  assert.equal(new Set(Object.values(places).map(String)).size, 6);
});
