// The form of one node: all that the drawing can do, and the texts. By keyboard.
import { t } from "../texts.ts";
import { el, find, refill } from "./dom.ts";
import type { Editor } from "./editor.ts";
import { type At, choice, field, number, options, say, tick, way, write } from "./fields.ts";
import { kindLabel, portLabel } from "./labels.ts";
import { changed, list, mapping, removed, renamed, text, wordsOf } from "./model.ts";

const GLOBAL_KEYS = ["menu", "rating", "collect", "play", "record", "language"];

export class Form {
  private readonly box = find<HTMLElement>("#flow-form");
  private readonly faults = el("div", { class: "faults" });
  private readonly parts: string[];

  private readonly editor: Editor;

  constructor(editor: Editor) {
    this.editor = editor;
    this.parts = (this.box.dataset.parts ?? "").split(" ").filter(Boolean);
    this.box.addEventListener("input", () => editor.typing());
    editor.watch((structure) => (structure ? this.show() : this.showFaults()));
  }

  // What is being typed is written before something else happens.
  flush(): void {
    const active = document.activeElement;
    if (active instanceof HTMLElement && this.box.contains(active)) active.blur();
  }

  show(): void {
    const { editor } = this;
    const name = editor.selected;
    const node = editor.doc.nodes[name];
    if (!node) {
      this.box.replaceChildren(el("p", { class: "hint" }, t("Choose a node.")));
      return;
    }
    const at: At = { editor, name, node };
    refill(this.box, [
      el("h2", {}, `${kindLabel(node.kind)} `, el("code", {}, name)),
      this.faults,
      ...this.words(at),
      ...this.own(at),
      ...this.ways(at),
      this.more(at),
    ]);
    this.showFaults();
  }

  private showFaults(): void {
    const hindi = document.documentElement.lang === "hi";
    this.faults.replaceChildren(...this.editor.problemsOf(this.editor.selected).map((fault) =>
      el("p", { class: "alarm" },
        hindi && fault.problem_hi ? fault.problem_hi : fault.problem,
        el("small", {}, ` ${hindi && fault.remedy_hi ? fault.remedy_hi : fault.remedy}`))));
  }

  private words(at: At): HTMLElement[] {
    const { kind } = at.node;
    if (["branch", "set", "sub_flow"].includes(kind)) return [];
    const spoken = say(at, "say", t("What is said"));
    return kind === "telecaller"
      ? [say(at, "offer_say", t("The offer: who presses 0 is joined")), spoken]
      : [spoken];
  }

  private own(at: At): HTMLElement[] {
    switch (at.node.kind) {
      case "menu":
      case "language":
        return [this.keys(at)];
      case "rating":
        return [el("div", { class: "pair" }, number(at, "min_value", t("Lowest mark"), "1"), number(at, "max_value", t("Highest mark"), "5"))];
      case "collect":
        return [
          el("div", { class: "pair" }, number(at, "min_digits", t("Fewest digits"), "1"), number(at, "max_digits", t("Most digits"), "1")),
          el("div", { class: "pair" }, number(at, "min_value", t("Smallest number"), "–"), number(at, "max_value", t("Largest number"), "–")),
          tick(at, "read_back", t("Say the digits and ask if they are right"), false),
          tick(at, "may_skip", t("# alone goes on without digits"), false),
        ];
      case "record":
        return [
          el("div", { class: "pair" }, number(at, "max_s", t("Longest, in seconds"), "60"), number(at, "silence_s", t("Ends after silence of, in seconds"), "3")),
          tick(at, "beep", t("A beep before it"), true),
        ];
      case "branch":
        return [this.cases(at)];
      case "set":
        return [this.values(at)];
      case "telecaller":
        return [
          choice(at, "when", t("When"), [
            ["", t("always, whoever is free")], ["soon", t("only if one is free soon")], ["free", t("only if one is free now")],
          ]),
        ];
      case "callback":
        return [number(at, "delay_s", t("Call back after, in seconds"), t("the next good time"))];
      case "sub_flow":
        return [choice(at, "flow", t("Which flow"), this.parts.map((part): [string, string] => [part, part]))];
      case "hang_up":
        return [choice(at, "result", t("The call counts as"), [["", t("completed")], ["partial", t("partial")]])];
      default:
        return [];
    }
  }

  private ways(at: At): HTMLElement[] {
    const { node } = at;
    const found: HTMLElement[] = [];
    if (node.kind !== "hang_up") found.push(way(at, "next", t("Then")));
    if (["menu", "rating", "collect"].includes(node.kind)) {
      found.push(way(at, "on_invalid", portLabel("on_invalid")), way(at, "on_silence", portLabel("on_silence")));
    }
    if (node.kind === "record") found.push(way(at, "on_silence", portLabel("on_silence")));
    if (node.kind === "telecaller") {
      found.push(way(at, "else", portLabel("else"), [
        ["continue", t("go on, and try at the next telecaller node")],
        ["callback", t("ask for a call back")],
        ["wait", t("say something and try again")],
      ]));
      if (text(node.else) === "wait" || text(node.else) === "callback") found.push(say(at, "else_say", t("What is said then")));
    }
    return found;
  }

  private keys(at: At): HTMLElement {
    const { editor, name, node } = at;
    const box = el("fieldset", {}, el("legend", {}, t("Keys")));
    for (const key of Object.keys(mapping(node.options))) box.append(this.key(at, key));
    const free = [..."1234567890*"].filter((key) => !(key in mapping(node.options)));
    if (free.length > 0) {
      const select = options(free.map((key): [string, string] => [key, key]), free[0] ?? "1");
      select.id = `f-${name}-new-key`;
      select.setAttribute("aria-label", t("New key"));
      const add = (): void => editor.commit(changed(editor.doc, name, (each) => {
        each.options = { ...mapping(each.options), [select.value]: { meaning: `key_${select.value === "*" ? "star" : select.value}`, hi: "" } };
      }));
      box.append(el("div", { class: "row" }, select, el("button", { type: "button", id: `f-${name}-add-key`, click: add }, t("Add a key"))));
    }
    return box;
  }

  private key(at: At, key: string): HTMLElement {
    const { editor, name } = at;
    const option = mapping(mapping(at.node.options)[key]);
    const input = (what: string, label: string, lang = ""): HTMLElement => {
      const control = el("input", { autocomplete: "off", ...(lang ? { lang } : {}) });
      control.value = text(option[what]);
      control.addEventListener("change", () => editor.commit(changed(editor.doc, name, (node) => {
        const own = mapping(mapping(node.options)[key]);
        if (control.value.trim() || what === "meaning") own[what] = control.value.trim();
        else delete own[what];
      }), { structure: false }));
      return field(label, `f-${name}-key-${key}-${what}`, control);
    };
    const out = (): void => editor.commit(changed(editor.doc, name, (node) => {
      delete mapping(node.options)[key];
    }));
    return el("div", { class: "key" },
      el("kbd", {}, key), input("hi", t("Answer"), "hi"), input("meaning", t("Word in results")),
      way(at, `option:${key}`, t("Leads to")),
      el("button", { type: "button", class: "quiet", "aria-label": t("Take key %(key)s out", { key }), click: out }, "✕"));
  }

  private cases(at: At): HTMLElement {
    const { editor, name, node } = at;
    const box = el("fieldset", {}, el("legend", {}, t("The first case that holds decides")));
    list(node.cases).forEach((one, index) => {
      const control = el("input", { autocomplete: "off" });
      control.value = whenText(mapping(mapping(one).when));
      control.addEventListener("change", () => editor.commit(changed(editor.doc, name, (each) => {
        mapping(list(each.cases)[index]).when = whenOf(control.value);
      }), { structure: false }));
      const out = (): void => editor.commit(changed(editor.doc, name, (each) => { list(each.cases).splice(index, 1); }));
      box.append(el("div", { class: "key" }, el("kbd", {}, String(index + 1)),
        field(t("When"), `f-${name}-case-${index}`, control), way(at, `case:${index}`, t("Leads to")),
        el("button", { type: "button", class: "quiet", "aria-label": t("Take case %(number)s out", { number: index + 1 }), click: out }, "✕")));
    });
    const add = (): void => editor.commit(changed(editor.doc, name, (each) => {
      each.cases = [...list(each.cases), { when: { "answer.": [""] }, goto: editor.doc.start }];
    }));
    box.append(el("p", { class: "hint" }, t("answer.NODE = yes, no; contact.district = SEH; time.hour = 18-20")),
      el("button", { type: "button", id: `f-${name}-add-case`, click: add }, t("Add a case")));
    return box;
  }

  private values(at: At): HTMLElement {
    const area = el("textarea", { rows: "3", spellcheck: "false" });
    area.value = Object.entries(mapping(at.node.values)).map(([key, value]) => `${key} = ${String(value)}`).join("\n");
    area.addEventListener("change", () => write(at, "values", Object.fromEntries(
      area.value.split("\n").filter((each) => each.includes("=")).map((each) => {
        const [key, ...rest] = each.split("=");
        return [(key ?? "").trim(), rest.join("=").trim()];
      }))));
    return field(t("Values, one a line: name = value"), `f-${at.name}-values`, area);
  }

  private more(at: At): HTMLElement {
    const { editor, name, node } = at;
    const box = el("details", {}, el("summary", {}, t("More")));
    const called = el("input", { autocomplete: "off", pattern: "[a-z][a-z0-9_]*" });
    called.value = name;
    called.addEventListener("change", () => {
      const doc = renamed(editor.doc, name, called.value.trim());
      if (doc === editor.doc) { called.value = name; return; }
      const { [name]: place, ...others } = editor.layout;
      editor.selected = called.value.trim();
      editor.commit(doc, { layout: place ? { ...others, [editor.selected]: place } : others });
    });
    box.append(field(t("Name (small Latin letters)"), `f-${name}-name`, called));
    if (["menu", "rating", "collect", "record"].includes(node.kind)) box.append(this.question(at));
    if (["menu", "rating", "collect"].includes(node.kind)) {
      box.append(say(at, "invalid_say", t("Said after a wrong key")), say(at, "silence_say", t("Said after a silence")),
        el("div", { class: "pair" }, number(at, "retries", t("Asked again, times"), "2"), number(at, "timeout_s", t("Patience in seconds"), "5")));
    }
    if (node.kind === "collect") box.append(say(at, "read_back_say", t("The read-back, with {keys:digits} in it")));
    if (GLOBAL_KEYS.includes(node.kind)) {
      box.append(tick(at, "opt_out_key", t("Key 9 opts out here"), true), tick(at, "telecaller_key", t("Key 0 asks for a telecaller here"), true));
    }
    const out = (): void => editor.commit(removed(editor.doc, name));
    box.append(el("button", { type: "button", class: "stop", id: `f-${name}-remove`, click: out }, t("Take this node out")));
    return box;
  }

  private question(at: At): HTMLElement {
    const { editor, name } = at;
    const input = el("input", { lang: "hi", autocomplete: "off" });
    input.value = wordsOf(at.node.question).hi ?? "";
    input.addEventListener("change", () => {
      const words = { ...wordsOf(editor.doc.nodes[name]?.question), hi: input.value.trim() };
      if (words.hi === "") delete (words as Record<string, string>).hi;
      write(at, "question", Object.keys(words).length > 0 ? words : undefined);
    });
    return field(t("The question's name in reports"), `f-${name}-question`, input);
  }
}

// answer.supply = yes, no; time.hour = 18-20
function whenText(when: Record<string, unknown>): string {
  return Object.entries(when)
    .map(([subject, values]) => `${subject} = ${(Array.isArray(values) ? values : [values]).map(String).join(", ")}`)
    .join("; ");
}

function whenOf(written: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const one of written.split(";")) {
    const [subject, ...values] = one.split("=");
    if (subject?.trim()) found[subject.trim()] = values.join("=").split(",").map((each) => each.trim());
  }
  return found;
}

