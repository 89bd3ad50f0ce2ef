// The fields of a node's form. Each writes one key of the node when it is left.
import { t } from "../texts.ts";
import { Refused, type Clip, ask } from "./api.ts";
import { el } from "./dom.ts";
import type { Editor } from "./editor.ts";
import { refusalLabel } from "./labels.ts";
import { type Node as FlowNode, RETURN, changed, inOrder, languagesOf, targetOf, text, withWay, wordsOf } from "./model.ts";
import { playClips } from "./sound.ts";

export interface At {
  editor: Editor;
  name: string;
  node: FlowNode;
}

export function field(label: string, id: string, control: HTMLElement): HTMLElement {
  control.id = id;
  return el("label", { class: "field", for: id }, el("span", {}, label), control);
}

// A text in each language of the flow, with a button that speaks it.
export function say(at: At, key: string, label: string): HTMLElement {
  const { editor, name, node } = at;
  const words = wordsOf(node[key]);
  const box = el("fieldset", { class: "say" }, el("legend", {}, label));
  for (const language of languagesOf(editor.doc)) {
    const area = el("textarea", { rows: "3", lang: language, maxlength: "1000" });
    area.value = words[language] ?? "";
    area.addEventListener("change", () => {
      const said = { ...wordsOf(editor.doc.nodes[name]?.[key]), [language]: area.value.trim() };
      if (said[language] === "" ) delete said[language];
      write(at, key, Object.keys(said).length > 0 ? said : undefined);
    });
    const told = el("span", { class: "hint", role: "status" });
    const button = el("button", { type: "button", class: "hear", click: () => {
      void hear({ [language]: area.value }, language, told);
    } }, `▶ ${t("Hear")}`);
    box.append(field(languageLabel(language), `f-${name}-${key}-${language}`, area), el("div", { class: "row" }, button, told));
  }
  return box;
}

export async function hear(words: Record<string, string>, language: string, told: HTMLElement): Promise<void> {
  told.textContent = "…";
  try {
    const clips = await ask<Clip[]>("/api/v1/speech", "POST", { say: words, language });
    await playClips(clips);
    told.textContent = "";
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    told.textContent = error.id === "bad_input" ? error.message : refusalLabel(error.id);
  }
}


export function number(at: At, key: string, label: string, hint: string): HTMLElement {
  const input = el("input", { inputmode: "decimal", placeholder: hint, autocomplete: "off" });
  input.value = shown(at.node[key]);
  input.addEventListener("change", () => {
    const value = input.value.trim();
    write(at, key, value === "" ? undefined : Number.isFinite(Number(value)) ? Number(value) : value);
  });
  return field(label, `f-${at.name}-${key}`, input);
}

export function tick(at: At, key: string, label: string, usual: boolean): HTMLElement {
  const box = el("input", { type: "checkbox", id: `f-${at.name}-${key}` });
  box.checked = typeof at.node[key] === "boolean" ? at.node[key] : usual;
  box.addEventListener("change", () => write(at, key, box.checked === usual ? undefined : box.checked));
  return el("label", { class: "tick" }, box, ` ${label}`);
}

export function choice(at: At, key: string, label: string, values: [string, string][]): HTMLElement {
  const select = options(values, text(at.node[key]));
  select.addEventListener("change", () => write(at, key, select.value || undefined));
  return field(label, `f-${at.name}-${key}`, select);
}

// Where a way leads: any node of the flow.
export function way(at: At, port: string, label: string, more: [string, string][] = []): HTMLElement {
  const { editor, name, node } = at;
  const nodes = inOrder(editor.doc).map((each): [string, string] => [each, each]);
  const back: [string, string][] = editor.doc.part === true ? [[RETURN, t("back to the flow that entered")]] : [];
  const now = port === "else" ? text(node.else) : targetOf(node, port);
  const select = options([["", "–"], ...more, ...nodes, ...back], now);
  select.dataset.way = port;
  select.addEventListener("change", () => editor.commit(withWay(editor.doc, name, port, select.value), { structure: false }));
  return field(label, `f-${name}-way-${port.replace(":", "-")}`, select);
}

export function options(values: [string, string][], now: string): HTMLSelectElement {
  const select = el("select");
  const known = values.some(([value]) => value === now) ? values : [...values, [now, now] as [string, string]];
  for (const [value, label] of known) select.append(el("option", { value, selected: value === now }, label));
  return select;
}

export function write(at: At, key: string, value: unknown): void {
  at.editor.commit(changed(at.editor.doc, at.name, (node) => {
    if (value === undefined) delete node[key];
    else node[key] = value;
  }), { structure: false });
}

export function languageLabel(language: string): string {
  if (language === "hi") return t("In Hindi");
  return language === "en" ? t("In English") : language;
}

function shown(value: unknown): string {
  return typeof value === "number" || typeof value === "string" ? String(value) : "";
}
