// The same flow as a list, in the order of a call: for phones, keyboards, screen readers.
import { t } from "../texts.ts";
import { el, find, refill } from "./dom.ts";
import type { Editor } from "./editor.ts";
import { field, options } from "./fields.ts";
import { KINDS, type Node as FlowNode, added, inOrder, mapping, text, waysOf, wordsOf } from "./model.ts";
import { kindLabel, portLabel } from "./labels.ts";

export class List {
  private readonly box = find<HTMLElement>("#flow-list");
  private readonly whole = find<HTMLElement>("#flow-whole");

  private readonly editor: Editor;
  private readonly chosen: (name: string) => void;

  constructor(editor: Editor, chosen: (name: string) => void) {
    this.editor = editor;
    this.chosen = chosen;
    // Before a field is left: leaving it fills the list anew, and a click would miss.
    this.box.addEventListener("mousedown", (event) => this.choose(event));
    this.box.addEventListener("click", (event) => { if (event.detail === 0) this.choose(event); });
    editor.watch((structure) => {
      this.show();
      if (structure) this.showWhole();
    });
    this.whole.addEventListener("input", () => editor.typing());
    this.addForm();
  }

  show(): void {
    const { doc } = this.editor;
    refill(this.box, inOrder(doc).map((name) => this.item(name)));
  }

  private choose(event: Event): void {
    const name = (event.target as Element).closest<HTMLElement>("[data-to]")?.dataset.to;
    if (!name) return;
    event.preventDefault();
    this.chosen(name);
  }

  private item(name: string): HTMLElement {
    const { editor } = this;
    const node = editor.doc.nodes[name] as FlowNode;
    const said = wordsOf(node.say ?? node.offer_say);
    const faults = editor.problemsOf(name).length;
    const ways = el("ul", { class: "ways" });
    for (const way of waysOf(node)) {
      const option = way.port.startsWith("option:") ? mapping(mapping(node.options)[way.port.slice(7)]) : {};
      const what = text(option.hi) ? ` (${text(option.hi)})` : "";
      const target = way.target in editor.doc.nodes
        ? el("button", { type: "button", class: "quiet", id: `l-${name}-${way.port}`, "data-to": way.target }, way.target)
        : el("code", {}, way.target);
      ways.append(el("li", {}, `${portLabel(way.port)}${what}: `, target));
    }
    const item = el("li", { class: name === editor.selected ? "selected" : "" },
      el("button", { type: "button", class: "choose", id: `l-${name}`, "data-to": name, "aria-current": name === editor.selected ? "true" : "false" },
        el("b", {}, kindLabel(node.kind)), ` `, el("code", {}, name),
        ...(faults ? [el("span", { class: "tag faulty" }, t("faults: %(count)s", { count: faults }))] : [])),
      el("p", { class: "node-say", lang: "hi" }, said.hi ?? Object.values(said)[0] ?? ""), ways);
    return item;
  }

  // What belongs to the flow and to no node.
  private showWhole(): void {
    const { editor } = this;
    const nodes = inOrder(editor.doc).map((name): [string, string] => [name, name]);
    const leads = (key: string, label: string, none: boolean): HTMLElement => {
      const select = options(none ? [["", "–"], ...nodes] : nodes, text(editor.doc[key]));
      select.addEventListener("change", () => this.put(key, select.value || undefined));
      return field(label, `w-${key}`, select);
    };
    const title = (language: string, label: string): HTMLElement => {
      const input = el("input", { lang: language, maxlength: "80", autocomplete: "off" });
      input.value = wordsOf(editor.doc.title)[language] ?? "";
      input.addEventListener("change", () => this.put("title", { ...wordsOf(editor.doc.title), [language]: input.value.trim() }));
      return field(label, `w-title-${language}`, input);
    };
    const both = el("input", { type: "checkbox", id: "w-english" });
    both.checked = Array.isArray(editor.doc.languages) && editor.doc.languages.includes("en");
    both.addEventListener("change", () => this.put("languages", both.checked ? ["hi", "en"] : ["hi"], true));
    refill(this.whole, [
      title("hi", t("Title in Hindi")), title("en", t("Title in English")),
      leads("start", t("The call begins at"), false), leads("opt_out", t("Key 9 leads to"), true),
      leads("telecaller", t("Key 0 leads to"), true),
      el("label", { class: "tick" }, both, ` ${t("In English, too")}`),
    ]);
  }

  private put(key: string, value: unknown, structure = false): void {
    const doc = structuredClone(this.editor.doc);
    if (value === undefined) delete doc[key];
    else doc[key] = value;
    this.editor.commit(doc, { structure });
  }

  private addForm(): void {
    const select = options(KINDS.map((kind): [string, string] => [kind, kindLabel(kind)]), "menu");
    const add = (): void => {
      const made = added(this.editor.doc, select.value);
      this.editor.commit(made.doc);
      this.chosen(made.name);
    };
    find("#flow-add").append(field(t("New node"), "flow-add-kind", select),
      el("button", { type: "button", id: "flow-add-button", click: add }, t("Add")));
  }
}
