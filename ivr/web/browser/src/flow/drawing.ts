// The flow as a drawing: nodes that are dragged, ways that are drawn from their dots.
// Everything it does can be done in the form beside it, by keyboard.
import { t } from "../texts.ts";
import { el, find, refill } from "./dom.ts";
import type { Editor } from "./editor.ts";
import { kindLabel, portLabel } from "./labels.ts";
import { type Node as FlowNode, inOrder, mapping, portsOf, removed, targetOf, text, waysOf, withWay, wordsOf } from "./model.ts";

const SVG = "http://www.w3.org/2000/svg";
const GRID = 10;
const WIDTH = 230;
const SCALES = [0.4, 0.55, 0.7, 0.85, 1, 1.2];

export class Drawing {
  private readonly sheet = find<HTMLElement>("#flow-sheet");
  private readonly board = find<HTMLElement>("#flow-board");
  private readonly lines = document.createElementNS(SVG, "svg");
  private scale = 1;

  private readonly editor: Editor;
  private readonly flush: () => void;

  constructor(editor: Editor, flush: () => void) {
    this.editor = editor;
    this.flush = flush;
    this.lines.setAttribute("aria-hidden", "true");
    this.board.addEventListener("pointerdown", (event) => this.pressed(event));
    this.board.addEventListener("keydown", (event) => this.key(event));
    this.board.addEventListener("focusin", (event) => {
      const name = nodeAt(event.target);
      if (name && name !== editor.selected && !this.isPressed) editor.select(name);
    });
    editor.watch(() => this.show());
  }

  private isPressed = false;

  zoom(by: number): void {
    const at = SCALES.indexOf(this.scale) + by;
    this.scale = SCALES[Math.max(0, Math.min(SCALES.length - 1, at))] ?? 1;
    this.show();
  }

  show(): void {
    const { doc, layout } = this.editor;
    refill(this.board, [this.lines, ...inOrder(doc).map((name) => this.card(name))]);
    let [width, height] = [600, 400];
    for (const card of this.board.querySelectorAll<HTMLElement>(".node")) {
      const [x, y] = layout[card.dataset.node ?? ""] ?? [0, 0];
      card.style.left = `${x}px`;
      card.style.top = `${y}px`;
      width = Math.max(width, x + WIDTH + 200);
      height = Math.max(height, y + card.offsetHeight + 120);
    }
    this.board.style.width = `${width}px`;
    this.board.style.height = `${height}px`;
    this.board.style.setProperty("zoom", String(this.scale));
    this.drawLines();
  }

  scrollTo(name: string): void {
    const [x, y] = this.editor.layout[name] ?? [0, 0];
    this.sheet.scrollTo({ left: x * this.scale - 60, top: y * this.scale - 60 });
  }

  private card(name: string): HTMLElement {
    const { editor } = this;
    const node = editor.doc.nodes[name] as FlowNode;
    const faults = editor.problemsOf(name);
    const said = wordsOf(node.say ?? node.offer_say);
    const classes = ["node", `kind-${node.kind}`];
    if (name === editor.selected) classes.push("selected");
    if (faults.length > 0) classes.push("faulty");
    const card = el(
      "div",
      {
        class: classes.join(" "), id: `node-${name}`, "data-node": name, tabindex: "0", role: "group",
        "aria-label": `${kindLabel(node.kind)} ${name}${faults.length ? `, ${t("faults: %(count)s", { count: faults.length })}` : ""}`,
      },
      el("div", { class: "node-top" }, el("b", {}, kindLabel(node.kind)), el("code", {}, name)),
      el("p", { class: "node-say", lang: "hi" }, said.hi ?? Object.values(said)[0] ?? (node.kind === "sub_flow" ? `→ ${text(node.flow)}` : "–")),
    );
    if (faults[0]) {
      const hindi = document.documentElement.lang === "hi" && faults[0].problem_hi;
      card.append(el("p", { class: "node-fault" }, hindi || faults[0].problem));
    }
    card.append(...portsOf(node).filter((port) => isShown(node, port)).map((port) => this.port(node, port)));
    return card;
  }

  private port(node: FlowNode, port: string): HTMLElement {
    const option = port.startsWith("option:") ? mapping(mapping(node.options)[port.slice(7)]) : {};
    const what = text(option.hi) || text(option.meaning);
    return el(
      "div", { class: "port", "data-port": port },
      el("span", {}, `${portLabel(port)}${what ? `: ${what}` : ""}`),
      el("span", { class: targetOf(node, port) ? "way-dot led" : "way-dot", title: t("Draw from here to the node that follows") }),
    );
  }

  private drawLines(): void {
    const { doc } = this.editor;
    this.lines.replaceChildren();
    for (const name of Object.keys(doc.nodes)) {
      for (const way of waysOf(doc.nodes[name] as FlowNode)) {
        const from = this.dotOf(name, way.port);
        const to = this.entryOf(way.target);
        if (from && to) this.line(from, to, name === this.editor.selected ? "line selected" : "line");
      }
    }
  }

  private dotOf(name: string, port: string): [number, number] | null {
    const card = document.getElementById(`node-${name}`);
    const row = card?.querySelector<HTMLElement>(`[data-port="${CSS.escape(port)}"]`);
    if (!card || !row) return null;
    return [card.offsetLeft + card.offsetWidth, card.offsetTop + row.offsetTop + row.offsetHeight / 2];
  }

  private entryOf(name: string): [number, number] | null {
    const card = document.getElementById(`node-${name}`);
    return card ? [card.offsetLeft, card.offsetTop + 18] : null;
  }

  private line([x1, y1]: [number, number], [x2, y2]: [number, number], kind: string): SVGPathElement {
    const bend = Math.max(40, Math.min(160, Math.abs(x2 - x1) / 2));
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2 - 7},${y2} m-6,-5 l7,5 l-7,5`);
    path.setAttribute("class", kind);
    this.lines.append(path);
    return path;
  }

  private pressed(event: PointerEvent): void {
    const name = nodeAt(event.target);
    if (!name || event.button !== 0) return;
    this.flush();
    const port = (event.target as Element).closest<HTMLElement>(".port")?.dataset.port;
    const onDot = (event.target as Element).closest(".way-dot") !== null;
    event.preventDefault();
    this.isPressed = true;
    if (port && onDot) this.drawWay(event, name, port);
    else this.drag(event, name);
    this.editor.select(name);
    document.getElementById(`node-${name}`)?.focus({ preventScroll: true });
    this.isPressed = false;
  }

  private drag(event: PointerEvent, name: string): void {
    const [x, y] = this.editor.layout[name] ?? [0, 0];
    let place: [number, number] = [x, y];
    this.follow(event, (dx, dy) => {
      place = [snap(x + dx), snap(y + dy)];
      const card = document.getElementById(`node-${name}`);
      if (!card) return;
      card.style.left = `${place[0]}px`;
      card.style.top = `${place[1]}px`;
      this.drawLines();
    }, () => this.move(name, place));
  }

  private move(name: string, [x, y]: [number, number]): void {
    const { doc, layout } = this.editor;
    const before = layout[name] ?? [0, 0];
    if (before[0] === x && before[1] === y) return;
    this.editor.commit(doc, { layout: { ...layout, [name]: [Math.max(0, x), Math.max(0, y)] }, structure: false });
  }

  private drawWay(event: PointerEvent, name: string, port: string): void {
    const from = this.dotOf(name, port);
    if (!from) return;
    let temporary: SVGPathElement | null = null;
    this.follow(event, (dx, dy) => {
      temporary?.remove();
      temporary = this.line(from, [from[0] + dx, from[1] + dy], "line drawn");
    }, (end) => {
      temporary?.remove();
      const target = nodeAt(document.elementFromPoint(end.clientX, end.clientY)) ?? "";
      if (target === name && Math.hypot(end.clientX - event.clientX, end.clientY - event.clientY) < 10) return;
      this.editor.commit(withWay(this.editor.doc, name, port, target));
    });
  }

  private follow(
    start: PointerEvent, moved: (dx: number, dy: number) => void, over: (end: PointerEvent) => void,
  ): void {
    const move = (event: PointerEvent): void =>
      moved((event.clientX - start.clientX) / this.scale, (event.clientY - start.clientY) / this.scale);
    const up = (event: PointerEvent): void => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", up);
      over(event);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", up);
  }

  private key(event: KeyboardEvent): void {
    const name = nodeAt(event.target);
    if (!name) return;
    const [x, y] = this.editor.layout[name] ?? [0, 0];
    const by: Record<string, [number, number]> = {
      ArrowLeft: [-GRID, 0], ArrowRight: [GRID, 0], ArrowUp: [0, -GRID], ArrowDown: [0, GRID],
    };
    const step = by[event.key];
    if (step) this.move(name, [x + step[0], y + step[1]]);
    else if (event.key === "Delete") this.editor.commit(removed(this.editor.doc, name));
    else if (event.key === "Enter") document.querySelector<HTMLElement>("#flow-form textarea, #flow-form input")?.focus();
    else return;
    event.preventDefault();
  }
}

// A question's fallbacks are drawn when they lead somewhere; the form has them all.
function isShown(node: FlowNode, port: string): boolean {
  const isFallback = port === "on_invalid" || port === "on_silence" || port === "else";
  return !isFallback || targetOf(node, port) !== "";
}

function nodeAt(target: EventTarget | null): string | undefined {
  return target instanceof Element ? target.closest<HTMLElement>(".node")?.dataset.node : undefined;
}

function snap(pixels: number): number {
  return Math.round(pixels / GRID) * GRID;
}
