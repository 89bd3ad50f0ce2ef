// A flow as its file says it, and what can be done to it. Pure: every change returns
// a new document, so undo is a list of documents.

export type Words = Record<string, string>; // by language
export type Node = Record<string, unknown> & { kind: string };
export interface Doc extends Record<string, unknown> {
  flow: string;
  title: Words | string;
  start: string;
  nodes: Record<string, Node>;
}
export type Layout = Record<string, [number, number]>;

// A way on from a node: `port` is next, on_invalid, on_silence, else, option:1, case:0.
export interface Way {
  port: string;
  target: string;
}

export const KINDS = [
  "play", "menu", "rating", "collect", "record", "branch", "set", "language",
  "telecaller", "callback", "opt_out", "sub_flow", "hang_up",
] as const;
// Words of `else` that are no nodes.
export const OTHERWISE = ["continue", "callback", "wait"];
export const RETURN = "return"; // of a part: back to who entered it
export const NODE_NAME = /^[a-z][a-z0-9_]{0,39}$/;

const MORE_PORTS: Record<string, string[]> = {
  menu: ["on_invalid", "on_silence"],
  rating: ["on_invalid", "on_silence"],
  collect: ["on_invalid", "on_silence"],
  record: ["on_silence"],
  telecaller: ["else"],
};

export function portsOf(node: Node): string[] {
  const ports: string[] = [];
  for (const key of Object.keys(mapping(node.options))) ports.push(`option:${key}`);
  list(node.cases).forEach((_, index) => ports.push(`case:${index}`));
  if (node.kind !== "hang_up") ports.push("next", ...(MORE_PORTS[node.kind] ?? []));
  return ports;
}

export function targetOf(node: Node, port: string): string {
  const [what, which] = port.split(":") as [string, string?];
  if (what === "option") return text(mapping(mapping(node.options)[which ?? ""]).goto);
  if (what === "case") return text(mapping(list(node.cases)[Number(which)]).goto);
  const target = text(node[what]);
  return what === "else" && OTHERWISE.includes(target) ? "" : target;
}

export function waysOf(node: Node): Way[] {
  return portsOf(node)
    .map((port) => ({ port, target: targetOf(node, port) }))
    .filter((way) => way.target !== "");
}

// Lead `port` of a node to `target`; "" takes the way out.
export function withWay(doc: Doc, name: string, port: string, target: string): Doc {
  return changed(doc, name, (node) => {
    const [what, which] = port.split(":") as [string, string?];
    if (what === "option") put(mapping(mapping(node.options)[which ?? ""]), "goto", target);
    else if (what === "case") put(mapping(list(node.cases)[Number(which)]), "goto", target);
    else put(node, what, target);
  });
}

export function changed(doc: Doc, name: string, change: (node: Node) => void): Doc {
  const copy = structuredClone(doc);
  const node = copy.nodes[name];
  if (node) change(node);
  return copy;
}

export function added(doc: Doc, kind: string): { doc: Doc; name: string } {
  const copy = structuredClone(doc);
  const name = freeName(copy, kind);
  copy.nodes[name] = fresh(kind);
  return { doc: copy, name };
}

export function removed(doc: Doc, name: string): Doc {
  const copy = structuredClone(doc);
  delete copy.nodes[name];
  replaceTargets(copy, name, "");
  return copy;
}

export function renamed(doc: Doc, name: string, to: string): Doc {
  if (name === to || !NODE_NAME.test(to) || to in doc.nodes || to === RETURN) return doc;
  const copy = structuredClone(doc);
  copy.nodes = Object.fromEntries(
    Object.entries(copy.nodes).map(([each, node]) => [each === name ? to : each, node]),
  );
  replaceTargets(copy, name, to);
  return copy;
}

// The nodes as a call meets them; then those that no call comes to.
export function inOrder(doc: Doc): string[] {
  const seen = new Set<string>();
  const waiting = [doc.start, text(doc.opt_out), text(doc.telecaller)];
  while (waiting.length > 0) {
    const name = waiting.shift() as string;
    const node = doc.nodes[name];
    if (!node || seen.has(name)) continue;
    seen.add(name);
    waiting.unshift(...waysOf(node).map((way) => way.target));
  }
  return [...seen, ...Object.keys(doc.nodes).filter((name) => !seen.has(name))];
}

export const COLUMN = 290;
const GAP = 36;

// Places for the nodes that have none: column by column as a call goes on.
export function arranged(doc: Doc, layout: Layout): Layout {
  const places: Layout = {};
  const depth = depths(doc);
  const ends = new Map<number, number>(); // of each column: where the next node goes
  for (const name of inOrder(doc)) {
    const column = depth.get(name) ?? 0;
    const top = ends.get(column) ?? 30;
    places[name] = layout[name] ?? [30 + column * COLUMN, top];
    ends.set(column, Math.max(top, places[name][1]) + heightOf(doc.nodes[name]) + GAP);
  }
  return places;
}

export function wordsOf(value: unknown): Words {
  if (typeof value === "string") return { hi: value };
  return Object.fromEntries(
    Object.entries(mapping(value)).filter(([, said]) => typeof said === "string"),
  ) as Words;
}

export function languagesOf(doc: Doc): string[] {
  const given = list(doc.languages).filter((each) => typeof each === "string") as string[];
  return given.length > 0 ? given : ["hi"];
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function mapping(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function put(where: Record<string, unknown>, key: string, value: string): void {
  if (value === "") delete where[key];
  else where[key] = value;
}

function replaceTargets(doc: Doc, from: string, to: string): void {
  for (const [name, node] of Object.entries(doc.nodes)) {
    for (const way of waysOf(node)) {
      if (way.target !== from) continue;
      const [what, which] = way.port.split(":") as [string, string?];
      if (what === "option") put(mapping(mapping(node.options)[which ?? ""]), "goto", to);
      else if (what === "case") put(mapping(list(node.cases)[Number(which)]), "goto", to);
      else put(node, what, to);
    }
    if (to !== "") renameAnswers(node, from, to);
    doc.nodes[name] = node;
  }
  for (const key of ["start", "opt_out", "telecaller"]) {
    if (doc[key] === from) put(doc, key, to);
  }
  doc.start ??= "";
}

function renameAnswers(node: Node, from: string, to: string): void {
  for (const one of list(node.cases)) {
    const when = mapping(mapping(one).when);
    if (`answer.${from}` in when) {
      when[`answer.${to}`] = when[`answer.${from}`];
      delete when[`answer.${from}`];
    }
  }
}

function freeName(doc: Doc, kind: string): string {
  for (let number = 1; ; number++) {
    const name = `${kind}_${number}`;
    if (!(name in doc.nodes)) return name;
  }
}

function fresh(kind: string): Node {
  switch (kind) {
    case "menu":
      return { kind, say: { hi: "" }, options: { "1": { meaning: "yes", hi: "हाँ" }, "2": { meaning: "no", hi: "नहीं" } } };
    case "branch":
      return { kind, cases: [] };
    case "set":
      return { kind, values: {} };
    case "language":
      return { kind, say: { hi: "" }, options: { "1": { meaning: "hi", hi: "हिंदी" } } };
    case "sub_flow":
      return { kind, flow: "person" };
    case "telecaller":
      return { kind, when: "soon", offer_say: { hi: "" }, else: "continue" };
    case "opt_out":
    case "callback":
    case "hang_up":
    case "play":
    case "rating":
    case "record":
      return { kind, say: { hi: "" } };
    default:
      return { kind, say: { hi: "" }, max_digits: 1 };
  }
}

// About how tall a node is drawn, in pixels: its head, two lines of text, its ways.
function heightOf(node: Node | undefined): number {
  return node ? 110 + 29 * portsOf(node).length : 0;
}

function depths(doc: Doc): Map<string, number> {
  const depth = new Map<string, number>();
  const waiting: [string, number][] = [
    [doc.start, 0], [text(doc.opt_out), 1], [text(doc.telecaller), 1],
  ];
  while (waiting.length > 0) {
    const [name, at] = waiting.shift() as [string, number];
    const node = doc.nodes[name];
    if (!node || depth.has(name)) continue;
    depth.set(name, at);
    for (const way of waysOf(node)) waiting.push([way.target, at + 1]);
  }
  return depth;
}
